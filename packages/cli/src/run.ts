/** Turns the arguments into what is printed and the exit status. */
import { statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { drainSpool, namedServer } from '@direct-logging/core';
import { audit } from './audit.ts';
import { CommandError } from './command-error.ts';
import { COMMANDS, type CommandName, help, isCommand } from './commands.ts';
import { examine } from './doctor/doctor.ts';
import { showReport } from './doctor/show.ts';
import type { Printer } from './print.ts';
import { tenantOf } from './queries.ts';
import { endBy, keepingTheLoop, runProgram } from './run-program.ts';
import { showAudit } from './show-audit.ts';
import { showDrain } from './show-drain.ts';
import { showRow } from './show-row.ts';
import { tail } from './tail.ts';
import { vmuiLink } from './vmui-link.ts';

export interface Surroundings extends Printer {
  readonly env: NodeJS.ProcessEnv;
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
  [name = '--help', ...args]: readonly string[],
  surroundings: Surroundings,
): Promise<number> {
  const { print, version } = surroundings;
  if (name === '--version' || name === '-v') {
    print(`${version}\n`);
  } else if (name === 'help' || isHelp(name)) {
    print(help());
  } else if (!isCommand(name)) {
    const names = Object.keys(COMMANDS).join(', ');
    throw new CommandError(
      `the command must be one of ${names}; got ${JSON.stringify(name)}. --help shows more`,
    );
    // For `run`, only the first word can be an option of ours. What follows belongs to the program.
  } else if ((name === 'run' ? args.slice(0, 1) : args).some(isHelp)) {
    print(help(name));
  } else {
    return name === 'run'
      ? runTheProgram(args, surroundings)
      : RUNNERS[name](parse(name, args), surroundings);
  }
  return 0;
}

function isHelp(word: string): boolean {
  return word === '--help' || word === '-h';
}

/** The options that were given to a command, or their defaults, and its one argument if it takes one. */
type Given = Readonly<
  Partial<Record<'all' | 'follow' | 'json', boolean>> &
    Partial<Record<'argument' | 'dir' | 'fields' | 'level' | 'query', string | undefined>> &
    // Of a command that has this option.
    Record<'since' | 'timeout', string>
>;

type Runner = (given: Given, surroundings: Surroundings) => Promise<number>;

const RUNNERS: Readonly<Record<Exclude<CommandName, 'run'>, Runner>> = {
  async doctor({ json }, { env, version, print }) {
    const report = await examine(env, version);
    print(json ? inJson(report) : showReport(report));
    return report.ok ? 0 : 1;
  },

  async tail(given, { env, print, say, signal }) {
    const { argument: filter = '', level, since, json, fields = '', follow = false } = given;
    const server = namedServer(env);
    const shown = fields.split(',').map((name) => name.trim());
    let isEmpty = true;
    await tail(server, {
      ...{ filter, level, say, signal, follow },
      sinceMs: parseDuration(since, '--since'),
      show(row) {
        isEmpty = false;
        print(json ? `${JSON.stringify(row)}\n` : showRow(row, shown));
      },
    });
    if (isEmpty) {
      const chosen = `${filter || '*'}${level === undefined ? '' : `, level ${level}`}`;
      say(
        `no record of the last ${since} at ${server.url} in tenant ${tenantOf(server)} matches ${chosen}`,
      );
    }
    return 0;
  },

  async open({ argument = '*' }, { env, print }) {
    print(`${vmuiLink(namedServer(env), argument)}\n`);
    return 0;
  },

  async audit({ query, since, json }, { env, print, say }) {
    const sinceMs = parseDuration(since, '--since');
    const report = await audit(namedServer(env), { sinceMs, query, say });
    if (report.processes.length === 0) {
      throw new CommandError(
        `there is nothing to audit: no line of the last ${since} has shipper.id and shipper.seq` +
          `${query === undefined ? '' : ' and matches the query'}`,
      );
    }
    print(json ? inJson(report) : showAudit(report));
    return report.missing > 0 ? 1 : 0;
  },

  async drain({ dir, timeout, all = false }, { env, print }) {
    const timeoutMs = parseDuration(timeout, '--timeout');
    namedServer(env);
    const spoolDir = dir ?? env.VICTORIALOGS_SPOOL_DIR ?? '';
    if (spoolDir === '') {
      throw new CommandError('a directory must be named by --dir or VICTORIALOGS_SPOOL_DIR');
    }
    // The spool would create the directory, and a wrong name would look like an empty spool.
    if (!statSync(spoolDir, { throwIfNoEntry: false })?.isDirectory()) {
      throw new CommandError(`there is no directory ${spoolDir}`);
    }
    const result = await keepingTheLoop(drainSpool({ spoolDir }, { timeoutMs, all }));
    print(showDrain(result));
    const { left, untaken, refused, truncated } = result;
    return left + untaken + refused + truncated > 0 ? 1 : 0;
  },
};

async function runTheProgram(args: string[], { env, say }: Surroundings): Promise<number> {
  const program = args[0] === '--' ? args.slice(1) : args;
  if ((program[0] ?? '') === '' || (args[0] ?? '').startsWith('-') !== (args[0] === '--')) {
    throw new CommandError('a program must be named: direct-logging run -- COMMAND [ARGUMENT...]');
  }
  if (env.VICTORIALOGS_URL === undefined) say('VICTORIALOGS_URL is not set: nothing is shipped');
  const { status, signal, loss } = await runProgram(program, say);
  const { undelivered, unconfirmed } = loss;
  if (undelivered > 0)
    say(`${undelivered} log records were not delivered; direct-logging doctor finds out why`);
  if (unconfirmed > 0) {
    say(
      env.VICTORIALOGS_SPOOL_DIR
        ? `${unconfirmed} log records were not confirmed; the spool keeps those for which it has room`
        : `${unconfirmed} log records were sent but not confirmed; the server may have stored them`,
    );
  }
  if (signal !== undefined) endBy(signal);
  return status;
}

function inJson(report: unknown): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}

function parse(name: CommandName, args: string[]): Given {
  const { options, argument } = COMMANDS[name];
  try {
    const allowPositionals = argument !== undefined;
    const { values, positionals } = parseArgs({ args, options, allowPositionals });
    if (positionals.length > 1) throw new Error(`Unexpected argument '${positionals[1]}'`);
    return { ...(values as Given), argument: positionals[0] };
  } catch (error) {
    // After the first sentence, Node explains how to pass arguments that begin with a dash.
    const [sentence = ''] = (error as Error).message.split(/\. |\n/);
    throw new CommandError(`${sentence.replace(/\.$/, '')}; --help shows the options`);
  }
}

const UNIT_MS: ReadonlyMap<string, number> = new Map(
  Object.entries({ ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }),
);

/**
 * A duration as people write it, `30s` or `1h30m`, in milliseconds.
 * @throws CommandError that names the option when the text is not a duration above zero.
 */
export function parseDuration(text: string, option: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g)];
  const isWhole = parts.map(([part]) => part).join('') === text;
  const ms = parts.reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (UNIT_MS.get(unit) ?? 0),
    0,
  );
  if (isWhole && ms > 0 && Number.isSafeInteger(Math.ceil(ms))) return Math.ceil(ms);
  throw new CommandError(
    `${option}: must be a duration such as 90s, 1h30m or 7d; got ${JSON.stringify(text)}`,
  );
}
