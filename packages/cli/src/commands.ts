/** The commands: what each one takes, and the help about it. Pure. */
import { columns } from './columns.ts';

/** An option as `parseArgs` takes it, with what the help says about it. */
interface CommandOption {
  readonly type: 'boolean' | 'string';
  readonly short?: string;
  /** What its value looks like. */
  readonly value?: string;
  readonly default?: string;
  readonly about: string;
}

interface Command {
  readonly summary: string;
  readonly argument?: string;
  readonly options: Readonly<Record<string, CommandOption>>;
  readonly example: string;
  readonly statuses: string;
}

const JSON_REPORT: CommandOption = { type: 'boolean', about: 'prints the report as JSON' };
const HELP: CommandOption = { type: 'boolean', short: 'h', about: 'shows this' };

export const COMMANDS: Readonly<Record<CommandName, Command>> = {
  doctor: {
    summary: 'finds out why nothing arrives: checks each step, and says what to do next',
    options: { json: JSON_REPORT },
    example: 'docker exec my-container /opt/direct-logging/node_modules/.bin/direct-logging doctor',
    statuses: '0 nothing keeps records from arriving; 1 something does; 2 wrong usage',
  },
  tail: {
    summary: 'prints what VictoriaLogs holds, and with -f what arrives',
    argument: '[LOGSQL]',
    options: {
      follow: { type: 'boolean', short: 'f', about: 'keeps running until it is interrupted' },
      since: { type: 'string', value: '5m', default: '5m', about: 'how far back to begin' },
      level: { type: 'string', value: 'WARN', about: 'this level and the more severe ones' },
      fields: { type: 'string', value: 'job,trace_id', about: 'shows these fields, too' },
      json: { type: 'boolean', about: 'prints each record as JSON, with all fields' },
    },
    example: "direct-logging tail -f --level warn 'container_name:=web-1 timeout'",
    statuses: '0 success; 2 wrong usage, or no answer',
  },
  run: {
    summary: 'runs any program and ships what it prints',
    argument: '[--] COMMAND [ARGUMENT...]',
    options: {},
    example: 'direct-logging run -- nginx -g "daemon off;"',
    statuses: 'that of the program; 126 it cannot be run; 127 it is not found; 2 wrong usage',
  },
  open: {
    summary: 'prints the link to the web interface of VictoriaLogs: the last 15 minutes',
    argument: '[LOGSQL]',
    options: {},
    example: 'direct-logging open level:=ERROR',
    statuses: '0 printed; 2 wrong usage',
  },
  audit: {
    summary:
      'shows for every process how many lines it wrote, and which are missing or stored twice',
    options: {
      query: {
        type: 'string',
        value: 'LOGSQL',
        about: 'only processes that wrote a line which this filter (no pipes) matches',
      },
      since: {
        type: 'string',
        value: '1h',
        default: '1h',
        about: 'how far back to look: only processes that wrote a line since then, and those lines',
      },
      json: JSON_REPORT,
    },
    example: "direct-logging audit --since 24h --query 'level:ERROR'",
    statuses: '0 nothing is missing; 1 something is; 2 wrong usage, no answer, or nothing to audit',
  },
  drain: {
    summary: 'delivers what dead processes left in a spool directory',
    options: {
      dir: {
        type: 'string',
        value: 'DIR',
        about: 'the directory; default: VICTORIALOGS_SPOOL_DIR',
      },
      timeout: { type: 'string', value: '30s', default: '30s', about: 'how long to try' },
      all: {
        type: 'boolean',
        about: 'delivers files for other servers and tenants, too: for a server that moved',
      },
    },
    example: 'direct-logging drain --dir /var/spool/direct-logging',
    statuses: '0 everything is delivered; 1 something is left or lost; 2 wrong usage',
  },
};

export type CommandName = 'doctor' | 'tail' | 'run' | 'open' | 'audit' | 'drain';

export function isCommand(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}

/** What follows `direct-logging` in a call: `tail [LOGSQL] [-f] …`. */
export function synopsisOf(name: CommandName): string {
  const { argument, options } = COMMANDS[name];
  const words = Object.entries(options).map(
    ([option, { short, value }]) =>
      `[${short === undefined ? `--${option}` : `-${short}`}${value === undefined ? '' : ` ${value}`}]`,
  );
  return [name, argument, ...words].filter((word) => word !== undefined).join(' ');
}

const SERVER =
  'The server, its credentials and the tenant come from the environment: VICTORIALOGS_URL and so on.';

export function help(name?: CommandName): string {
  if (name !== undefined) {
    const { summary, options, example, statuses } = COMMANDS[name];
    const rows = Object.entries({ ...options, help: HELP }).map(
      ([option, { short, value, about }]: [string, CommandOption]) => [
        `${short === undefined ? '' : `-${short}, `}--${option}${value === undefined ? '' : ` ${value}`}`,
        about,
      ],
    );
    return text(synopsisOf(name), [`It ${summary}.`, '', ...indented(rows)], statuses, [example]);
  }
  const all = Object.entries(COMMANDS);
  const rows = indented(all.map(([one, { summary }]) => [one, summary]));
  return text(
    'COMMAND [OPTION...]',
    [...rows, '', 'direct-logging COMMAND --help shows its options; --version the version.'],
    '0 success; 1 something is missing, left or wrong; 2 wrong usage, or no answer',
    all.map(([, { example }]) => example),
  );
}

function indented(rows: ReadonlyArray<readonly string[]>): string[] {
  return columns(rows).map((line) => `  ${line}`);
}

function text(
  usage: string,
  body: readonly string[],
  statuses: string,
  examples: readonly string[],
): string {
  const lines = [`Usage: direct-logging ${usage}`, '', ...body, '', SERVER];
  lines.push(`Exit status: ${statuses}.`, '', ...examples.map((example) => `  ${example}`), '');
  return lines.join('\n');
}
