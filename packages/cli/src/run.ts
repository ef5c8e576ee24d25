/** Turns the arguments into what is printed and the exit status. */
import { statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { drainSpool } from '@direct-logging/core';
import { audit } from './audit.ts';
import { CommandError } from './command-error.ts';
import { COMMANDS, type CommandFacts, type CommandName, isCommand } from './commands.ts';
import { examine } from './doctor/doctor.ts';
import { showReport } from './doctor/show.ts';
import { parseDuration } from './duration.ts';
import type { Printer } from './print.ts';
import { endBy, keepingTheLoop, runProgram } from './run-program.ts';
import { serverFrom, tenantOf } from './server.ts';
import { showAudit } from './show-audit.ts';
import { showDrain } from './show-drain.ts';
import { showRow } from './show-row.ts';
import { tail } from './tail.ts';
import { showCommandUsage, showUsage } from './usage.ts';
import { vmuiLink } from './vmui-link.ts';

/** What the command reads and writes. */
export interface Surroundings extends Printer {
  readonly env: NodeJS.ProcessEnv;
  /** The version of this package. */
  readonly version: string;
}

const WRONG_USAGE = 2;

/** Runs one command and gives its exit status. Never rejects. */
export async function run(args: readonly string[], surroundings: Surroundings): Promise<number> {
  try {
    return await runNamed(args, surroundings);
  } catch (error) {
    surroundings.say((error as Error).message);
    return WRONG_USAGE;
  }
}

async function runNamed(
  [name, ...args]: readonly string[],
  surroundings: Surroundings,
): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    surroundings.print(showUsage());
    return 0;
  }
  if (name === '--version' || name === '-v') {
    surroundings.print(`${surroundings.version}\n`);
    return 0;
  }
  if (isCommand(name)) return runCommand(name, args, surroundings);
  const names = Object.keys(COMMANDS).join(', ');
  throw new CommandError(
    `the command must be one of ${names}; got ${JSON.stringify(name)}. --help shows more`,
  );
}

async function runCommand(
  name: CommandName,
  args: string[],
  surroundings: Surroundings,
): Promise<number> {
  // For `run`, only the first word can be an option of ours. What follows belongs to the program.
  const own = name === 'run' ? args.slice(0, 1) : args;
  if (own.some((word) => word === '--help' || word === '-h')) {
    surroundings.print(showCommandUsage(name));
    return 0;
  }
  return RUNNERS[name](args, surroundings);
}

type Runner = (args: string[], surroundings: Surroundings) => Promise<number>;

const RUNNERS: Readonly<Record<CommandName, Runner>> = {
  doctor: runDoctor,
  tail: runTail,
  run: runRun,
  open: runOpen,
  audit: runAudit,
  drain: runDrain,
};

async function runDoctor(args: string[], surroundings: Surroundings): Promise<number> {
  const given = parse('doctor', args);
  const report = await examine(surroundings.env, surroundings.version);
  surroundings.print(given.isSet('json') ? inJson(report) : showReport(report));
  return report.ok ? 0 : 1;
}

async function runTail(args: string[], surroundings: Surroundings): Promise<number> {
  const given = parse('tail', args);
  const { print, say, signal } = surroundings;
  const server = serverFrom(surroundings.env);
  let isEmpty = true;
  await tail(server, {
    filter: given.argument ?? '',
    level: given.text('level'),
    container: given.text('container'),
    sinceMs: given.duration('since'),
    follow: given.isSet('follow'),
    show: (row) => {
      isEmpty = false;
      print(given.isSet('json') ? `${JSON.stringify(row)}\n` : showRow(row, given.isSet('job')));
    },
    say,
    signal,
  });
  if (isEmpty) {
    const chosen = Object.entries({
      level: given.text('level'),
      container: given.text('container'),
    })
      .flatMap(([name, value]) => (value === undefined ? [] : [`, ${name} ${value}`]))
      .join('');
    say(
      `no record of the last ${given.text('since')} at ${server.url} in tenant ${tenantOf(server)} matches ${given.argument ?? '*'}${chosen}`,
    );
  }
  return 0;
}

async function runRun(args: string[], { env, say }: Surroundings): Promise<number> {
  const program = args[0] === '--' ? args.slice(1) : args;
  if ((program[0] ?? '') === '' || (args[0] ?? '').startsWith('-') !== (args[0] === '--')) {
    throw new CommandError('a program must be named: direct-logging run -- COMMAND [ARGUMENT...]');
  }
  if (env.VICTORIALOGS_URL === undefined) say('VICTORIALOGS_URL is not set: nothing is shipped');
  const { status, signal, pending } = await runProgram(program, say);
  if (pending > 0)
    say(`${pending} log records were not delivered; direct-logging doctor finds out why`);
  if (signal !== undefined) endBy(signal);
  return status;
}

async function runOpen(args: string[], { env, print }: Surroundings): Promise<number> {
  const given = parse('open', args);
  const view = {
    query: given.argument ?? '*',
    since: given.text('since') ?? '',
    sinceMs: given.duration('since'),
    fields: given.text('fields'),
  };
  print(`${vmuiLink(serverFrom(env), view, Date.now())}\n`);
  return 0;
}

async function runAudit(args: string[], surroundings: Surroundings): Promise<number> {
  const given = parse('audit', args);
  const sinceMs = given.duration('since');
  const report = await audit(serverFrom(surroundings.env), {
    sinceMs,
    query: given.text('query'),
    say: surroundings.say,
  });
  if (report.processes.length === 0) {
    throw new CommandError(
      `there is nothing to audit: no line of the last ${given.text('since')} has shipper.id and shipper.seq` +
        `${given.text('query') === undefined ? '' : ' and matches the query'}`,
    );
  }
  surroundings.print(given.isSet('json') ? inJson(report) : showAudit(report));
  return report.missing > 0 ? 1 : 0;
}

async function runDrain(args: string[], surroundings: Surroundings): Promise<number> {
  const given = parse('drain', args);
  const timeoutMs = given.duration('timeout');
  serverFrom(surroundings.env);
  const spoolDir = given.text('dir') ?? surroundings.env.VICTORIALOGS_SPOOL_DIR ?? '';
  if (spoolDir === '') {
    throw new CommandError('a directory must be named by --dir or VICTORIALOGS_SPOOL_DIR');
  }
  // The spool would create the directory, and a wrong name would look like an empty spool.
  if (!statSync(spoolDir, { throwIfNoEntry: false })?.isDirectory()) {
    throw new CommandError(`there is no directory ${spoolDir}`);
  }
  const result = await keepingTheLoop(
    drainSpool({ spoolDir }, { timeoutMs, all: given.isSet('all') }),
  );
  surroundings.print(showDrain(result));
  return result.left + result.refused + result.truncated > 0 ? 1 : 0;
}

function inJson(report: unknown): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}

/** The options that were given to a command, and its one argument if it takes one. */
interface Given {
  readonly argument: string | undefined;
  isSet(option: string): boolean;
  text(option: string): string | undefined;
  /** In milliseconds. Only for an option that has a default. */
  duration(option: string): number;
}

function parse(name: CommandName, args: string[]): Given {
  const { options, takesArgument = false } = COMMANDS[name];
  const { values, positionals } = parsed(args, options, takesArgument);
  if (positionals.length > 1) {
    throw new CommandError(`Unexpected argument '${positionals[1]}'; --help shows the options`);
  }
  const text = (option: string) => values[option] as string | undefined;
  return {
    argument: positionals[0],
    isSet: (option) => values[option] === true,
    text,
    duration: (option) => parseDuration(text(option) ?? '', `--${option}`),
  };
}

function parsed(args: string[], options: CommandFacts['options'], allowPositionals: boolean) {
  try {
    return parseArgs({ args, options, strict: true, allowPositionals });
  } catch (error) {
    // After the first sentence, Node explains how to pass arguments that begin with a dash.
    const [sentence = ''] = (error as Error).message.split(/\. |\n/);
    throw new CommandError(`${sentence.replace(/\.$/, '')}; --help shows the options`);
  }
}
