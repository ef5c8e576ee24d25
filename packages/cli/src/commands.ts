/** The table of commands: what they take, what they do, how they end. Help and parsing read it. */

/** An option of a command, in the form that `parseArgs` takes, with what the help says about it. */
interface CommandOption {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  readonly default?: string;
  /** The placeholder for its value in the help. */
  readonly value?: string;
  readonly about: string;
}

/** One command. */
export interface CommandFacts {
  /** What follows the name in the usage. */
  readonly synopsis: string;
  readonly summary: string;
  /** Whether it takes one argument that is not an option. */
  readonly takesArgument?: boolean;
  readonly options: Readonly<Record<string, CommandOption>>;
  readonly notes?: string;
  readonly examples: readonly string[];
  readonly statuses: string;
}

const HELP = { type: 'boolean', short: 'h', about: 'shows this' } as const;
const JSON_REPORT = { type: 'boolean', about: 'prints the report as JSON' } as const;

/** By name, in the order of the help. */
export const COMMANDS: Readonly<Record<CommandName, CommandFacts>> = {
  doctor: {
    synopsis: '[--json]',
    summary: 'finds out why nothing arrives: a verdict on each step, and what to do next',
    options: { json: JSON_REPORT, help: HELP },
    notes: 'It stores two test records in VictoriaLogs and looks for them. No credential is shown.',
    examples: [
      'direct-logging doctor',
      'docker exec my-container /opt/direct-logging/node_modules/.bin/direct-logging doctor',
    ],
    statuses: '0 nothing keeps records from arriving; 1 something does; 2 wrong usage',
  },
  tail: {
    synopsis: '[LOGSQL] [-f] [--since 5m] [--level WARN] [--container NAME] [--job] [--json]',
    summary: 'prints what VictoriaLogs holds, and with -f what comes',
    takesArgument: true,
    options: {
      follow: { type: 'boolean', short: 'f', about: 'goes on until it is interrupted' },
      since: { type: 'string', default: '5m', value: '5m', about: 'begins so long before now' },
      level: { type: 'string', value: 'WARN', about: 'this level and those above it' },
      container: { type: 'string', value: 'NAME', about: 'only this container_name' },
      job: { type: 'boolean', about: 'shows the job of each record behind its container' },
      json: { type: 'boolean', about: 'prints each record as JSON, with all fields' },
      help: HELP,
    },
    notes:
      'LOGSQL is a filter, without pipes. Times are UTC. A line is shown once, also when it is stored twice, and also when\n' +
      'it arrives up to 30 s late. When the server goes away, -f says so once and goes on.',
    examples: ['direct-logging tail -f --level warn', "direct-logging tail 'timeout user.id:=17'"],
    statuses: '0 the end; 2 wrong usage, or no answer',
  },
  run: {
    synopsis: '[--] COMMAND [ARGUMENT...]',
    summary: 'runs any program and ships what it prints',
    options: { help: HELP },
    notes:
      'The program gets pipes in place of stdout and stderr, no terminal: some print without colours then, or in blocks.\n' +
      'Its output, signals and exit status are passed through. Lines of both are shipped even if it is killed with -9. The\n' +
      'command ends when the program has ended and nobody holds its output any more. A Node program with the preload is\n' +
      'not shipped twice. Without VICTORIALOGS_URL the program runs all the same.',
    examples: ['direct-logging run -- nginx -g "daemon off;"', 'direct-logging run ./import.sh'],
    statuses: 'that of the program; 126 it cannot be run; 127 there is none; 2 wrong usage',
  },
  open: {
    synopsis: '[LOGSQL] [--since 15m] [--fields _msg,NAME]',
    summary: 'prints the link to the web interface of VictoriaLogs',
    takesArgument: true,
    options: {
      since: {
        type: 'string',
        default: '15m',
        value: '15m',
        about: 'the time range that ends now',
      },
      fields: { type: 'string', value: '_msg,NAME', about: 'what is shown of each record' },
      help: HELP,
    },
    examples: [
      'direct-logging open level:=ERROR',
      'direct-logging open "request completed" --fields _msg,req.method,req.url,res.statusCode',
    ],
    statuses: '0 printed; 2 wrong usage',
  },
  audit: {
    synopsis: '[--query LOGSQL] [--since 1h] [--json]',
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
        default: '1h',
        value: '1h',
        about: 'only processes that wrote a line in this time before now, and their lines in it',
      },
      json: JSON_REPORT,
      help: HELP,
    },
    examples: ["direct-logging audit --since 24h --query 'level:ERROR'"],
    statuses: '0 nothing is missing; 1 something is; 2 wrong usage, no answer, or nothing to audit',
  },
  drain: {
    synopsis: '[--dir DIR] [--timeout 30s] [--all]',
    summary: 'delivers what processes that are gone have left in a spool directory',
    options: {
      dir: {
        type: 'string',
        value: 'DIR',
        about: 'the directory; default: VICTORIALOGS_SPOOL_DIR',
      },
      timeout: { type: 'string', default: '30s', value: '30s', about: 'how long to try' },
      all: {
        type: 'boolean',
        about: 'delivers files for other servers and tenants, too: for a server that has moved',
      },
      help: HELP,
    },
    examples: ['direct-logging drain --dir /var/spool/direct-logging'],
    statuses: '0 everything is delivered; 1 something is left or lost; 2 wrong usage',
  },
};

/** The name of a command. */
export type CommandName = 'doctor' | 'tail' | 'run' | 'open' | 'audit' | 'drain';

/** Whether there is such a command. */
export function isCommand(name: string | undefined): name is CommandName {
  return name !== undefined && Object.hasOwn(COMMANDS, name);
}
