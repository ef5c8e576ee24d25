/** From the arguments to what is printed and the exit status. */
import { statSync } from 'node:fs';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { drainSpool } from '@direct-logging/core';
import { audit } from './audit.ts';
import { CommandError } from './command-error.ts';
import { parseDuration } from './duration.ts';
import { serverFrom } from './server.ts';
import { showAudit } from './show-audit.ts';
import { showDrain } from './show-drain.ts';
import { USAGE } from './usage.ts';

/** What surrounds the command. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  /** Takes the answer. */
  readonly print: (text: string) => void;
  /** Takes everything else. */
  readonly printError: (text: string) => void;
}

/** 0: all is there. 1: something is missing, or left. 2: no answer. */
export type ExitStatus = 0 | 1 | 2;

const HELP = { help: { type: 'boolean', short: 'h' } } as const;
const AUDIT_OPTIONS = {
  ...HELP,
  query: { type: 'string' },
  since: { type: 'string', default: '1h' },
  json: { type: 'boolean' },
} as const;
const DRAIN_OPTIONS = {
  ...HELP,
  dir: { type: 'string' },
  timeout: { type: 'string', default: '30s' },
  all: { type: 'boolean' },
} as const;

/** Runs one command. Never rejects. */
export async function run(
  args: readonly string[],
  surroundings: Surroundings,
): Promise<ExitStatus> {
  try {
    return await runNamed(args, surroundings);
  } catch (error) {
    const { message } = error as Error;
    surroundings.printError(`direct-logging: ${message}\n`);
    return 2;
  }
}

async function runNamed(
  [name, ...args]: readonly string[],
  surroundings: Surroundings,
): Promise<ExitStatus> {
  if (name === 'audit') return runAudit(args, surroundings);
  if (name === 'drain') return runDrain(args, surroundings);
  if (name === '--help' || name === '-h' || name === 'help') return showUsage(surroundings);
  const came = name === undefined ? 'none came' : `got ${JSON.stringify(name)}`;
  throw new CommandError(`expected a command, audit or drain; ${came}. --help shows more`);
}

async function runAudit(args: string[], surroundings: Surroundings): Promise<ExitStatus> {
  const given = parse(args, AUDIT_OPTIONS);
  if (given.help) return showUsage(surroundings);
  const sinceMs = parseDuration(given.since, '--since');
  const report = await audit(serverFrom(surroundings.env), {
    sinceMs,
    query: given.query,
    say: (sentence) => surroundings.printError(`${sentence}\n`),
  });
  if (report.processes.length === 0) {
    throw new CommandError(
      `there is nothing to audit: no line of the last ${given.since} has shipper.id and shipper.seq` +
        `${given.query === undefined ? '' : ' and matches the query'}`,
    );
  }
  surroundings.print(given.json ? `${JSON.stringify(report, null, 2)}\n` : showAudit(report));
  return report.missing > 0 ? 1 : 0;
}

async function runDrain(args: string[], surroundings: Surroundings): Promise<ExitStatus> {
  const given = parse(args, DRAIN_OPTIONS);
  if (given.help) return showUsage(surroundings);
  const timeoutMs = parseDuration(given.timeout, '--timeout');
  serverFrom(surroundings.env);
  const spoolDir = given.dir ?? surroundings.env.VICTORIALOGS_SPOOL_DIR ?? '';
  if (spoolDir === '') {
    throw new CommandError('expected a directory in --dir or in VICTORIALOGS_SPOOL_DIR');
  }
  // The spool would make it, and a wrong name would look like an empty spool.
  if (!statSync(spoolDir, { throwIfNoEntry: false })?.isDirectory()) {
    throw new CommandError(`there is no directory ${spoolDir}`);
  }
  const result = await keepingTheLoop(drainSpool({ spoolDir }, { timeoutMs, all: given.all }));
  surroundings.print(showDrain(result));
  return result.left + result.refused > 0 ? 1 : 0;
}

/** The transport keeps nothing alive, so somebody must. */
async function keepingTheLoop<T>(work: Promise<T>): Promise<T> {
  const timer = setInterval(() => {}, 60_000);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}

function parse<const T extends NonNullable<ParseArgsConfig['options']>>(
  args: string[],
  options: T,
) {
  try {
    return parseArgs({ args, options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    // Behind the first sentence Node explains how to pass arguments that begin with a dash.
    const [sentence = ''] = (error as Error).message.split(/\. |\n/);
    throw new CommandError(`${sentence.replace(/\.$/, '')}; --help shows the options`);
  }
}

function showUsage({ print }: Surroundings): ExitStatus {
  print(USAGE);
  return 0;
}
