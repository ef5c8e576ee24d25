/** What `--help` prints, made from the table of commands. Pure. */
import { COMMANDS, type CommandName } from './commands.ts';

const SERVER =
  'The server, its credentials and the tenant come from the environment: VICTORIALOGS_URL and so on.';

/** All commands in short. Several lines, each ended by a newline. */
export function showUsage(): string {
  const commands = Object.entries(COMMANDS);
  const names = commands.map(([name, { summary }]): [string, string] => [name, summary]);
  return `${[
    'Usage: direct-logging COMMAND [OPTION...]',
    '',
    ...aligned(names),
    '',
    'direct-logging COMMAND --help shows the options of a command; --version the version.',
    SERVER,
    'Exit status: 0 all is there; 1 something is missing, left or wrong; 2 wrong usage, or no answer.',
    '',
    'Examples:',
    ...commands.map(([, { examples }]) => `  ${examples[0]}`),
  ].join('\n')}\n`;
}

/** One command in full. Several lines, each ended by a newline. */
export function showCommandUsage(name: CommandName): string {
  const { synopsis, summary, options, notes, examples, statuses } = COMMANDS[name];
  const rows = Object.entries(options).map(([option, facts]): [string, string] => [
    `${facts.short === undefined ? '' : `-${facts.short}, `}--${option}${facts.value === undefined ? '' : ` ${facts.value}`}`,
    facts.about,
  ]);
  return `${[
    `Usage: direct-logging ${name} ${synopsis}`,
    '',
    `It ${summary}.`,
    '',
    ...aligned(rows),
    ...(notes === undefined ? [] : ['', notes]),
    '',
    SERVER,
    `Exit status: ${statuses}.`,
    '',
    'Examples:',
    ...examples.map((example) => `  ${example}`),
  ].join('\n')}\n`;
}

function aligned(rows: readonly [string, string][]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
