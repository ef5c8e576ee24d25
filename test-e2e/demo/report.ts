/** How the demo shows records, counts and the link. Pure. */
import { styleText } from 'node:util';
import type { Row } from '../environment/victorialogs-queries.ts';

interface Column {
  readonly title: string;
  readonly width: number;
  readonly of: (record: Row) => string;
}

/** Ids are told apart by their beginning. */
const ID_WIDTH = 8;
const GAP = '  ';
const WIDTH_WITHOUT_TERMINAL = 80;
const NARROWEST_MESSAGE = 30;

const FIXED: readonly Column[] = [
  { title: 'TIME (UTC)', width: 12, of: (record) => timeOfDay(record._time) },
  { title: 'LEVEL', width: 5, of: (record) => record.level ?? '' },
  { title: 'REQUEST', width: ID_WIDTH, of: (record) => shortened(record.aws_request_id) },
  { title: 'TRACE', width: ID_WIDTH, of: (record) => shortened(record.trace_id) },
];

const COLORS = {
  TRACE: 'gray',
  DEBUG: 'gray',
  INFO: 'green',
  WARN: 'yellow',
  ERROR: 'red',
  FATAL: 'magenta',
} as const;

/** A line above a part of the output. */
export function heading(text: string): string {
  return styleText('bold', text);
}

/** The line above the records. */
export function tableTitles(columns: number | undefined): string {
  const titles = tableFor(columns).map(({ title, width }) => fitted(title, width));
  return styleText('dim', titles.join(GAP).trimEnd());
}

/** One line for each record, as wide as the terminal at most. */
export function recordRows(records: readonly Row[], columns: number | undefined): string[] {
  const table = tableFor(columns);
  return records.map((record) => {
    const cells = table.map((column) => fitted(column.of(record), column.width));
    cells[1] = colored(cells[1] ?? '', record.level);
    return cells.join(GAP).trimEnd();
  });
}

function tableFor(columns: number | undefined): readonly Column[] {
  const taken = FIXED.reduce((sum, { width }) => sum + width + GAP.length, 0);
  const width = Math.max(NARROWEST_MESSAGE, (columns ?? WIDTH_WITHOUT_TERMINAL) - taken);
  return [...FIXED, { title: 'MESSAGE', width, of: messageOf }];
}

/** Two lines: what was printed, and what is stored of it. */
export function verdict(
  who: string,
  printed: number,
  stored: number,
  isComplete: boolean,
): string[] {
  return [
    `${who} printed ${printed} messages before it was killed.`,
    `VictoriaLogs holds ${stored}: ${isComplete ? 'each of them, once.' : 'that is wrong.'}`,
  ];
}

/** Each query with the number of records that it finds. */
export function queryList(counts: readonly { query: string; count: number }[]): string[] {
  const width = Math.max(...counts.map(({ query }) => query.length));
  return counts.map(
    ({ query, count }) => `${query.padEnd(width)}${GAP}${String(count).padStart(4)}`,
  );
}

/** Opens the web interface of VictoriaLogs on the records of Lambda functions. */
export function vmuiLink(url: string): string {
  return `${url}/select/vmui/?#/?query=job:lambda&g0.relative_time=today`;
}

/** `12:34:56.789`; the server leaves out zeros at the end, and the digits after these only keep the order. */
function timeOfDay(time = ''): string {
  const [, seconds = '', fraction = ''] = /T([\d:]+)(?:\.(\d{1,3}))?/.exec(time) ?? [];
  return `${seconds}.${fraction.padEnd(3, '0')}`;
}

function shortened(id: string | undefined): string {
  return id?.slice(0, ID_WIDTH) ?? '-';
}

function messageOf(record: Row): string {
  const [first = '', ...further] = (record._msg ?? '').split('\n');
  const fields = further.length === 0 ? '' : ` (+${further.length} lines)`;
  return `${first}${fields}`;
}

function fitted(text: string, width: number): string {
  const characters = [...text];
  if (characters.length <= width) return text + ' '.repeat(width - characters.length);
  return `${characters.slice(0, width - 1).join('')}…`;
}

function colored(text: string, level: string | undefined): string {
  const color = COLORS[level as keyof typeof COLORS];
  return color === undefined ? text : styleText(color, text);
}
