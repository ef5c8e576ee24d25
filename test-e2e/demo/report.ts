/** How the demo shows records, counts and the link. Pure. */
import { styleText } from 'node:util';
import type { Row } from '../environment/victorialogs-queries.ts';

interface Column {
  readonly title: string;
  readonly width: number;
  readonly of: (record: Row) => string;
}

const ID_WIDTH = 10;
const GAP = '  ';
const WIDTH_WITHOUT_TERMINAL = 118;
const NARROWEST_MESSAGE = 30;

const FIXED: readonly Column[] = [
  { title: 'TIME (UTC)', width: 12, of: (record) => timeOfDay(record._time) },
  { title: 'LEVEL', width: 5, of: (record) => record.level ?? '' },
  { title: 'REQUEST ID', width: ID_WIDTH, of: (record) => shortened(record.aws_request_id) },
  { title: 'TRACE ID', width: ID_WIDTH, of: (record) => shortened(record.trace_id) },
];

const COLOURS = {
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

/** One line for each record, as wide as the terminal at most. */
export function recordTable(records: readonly Row[], columns: number | undefined): string[] {
  const taken = FIXED.reduce((sum, { width }) => sum + width + GAP.length, 0);
  const width = Math.max(NARROWEST_MESSAGE, (columns ?? WIDTH_WITHOUT_TERMINAL) - taken);
  const table = [...FIXED, { title: 'MESSAGE', width, of: messageOf }];
  const titles = table.map((column) => fitted(column.title, column.width));
  return [
    styleText('dim', titles.join(GAP).trimEnd()),
    ...records.map((record) => {
      const cells = table.map((column) => fitted(column.of(record), column.width));
      cells[1] = coloured(cells[1] ?? '', record.level);
      return cells.join(GAP).trimEnd();
    }),
  ];
}

/** Each query with the number of records that it finds. */
export function queryList(counts: readonly { query: string; count: number }[]): string[] {
  const width = Math.max(...counts.map(({ query }) => query.length));
  return counts.map(
    ({ query, count }) => `${query.padEnd(width)}${GAP}${String(count).padStart(4)}`,
  );
}

/** Opens the web interface of VictoriaLogs on the query. */
export function vmuiLink(url: string, query: string): string {
  const range = 'g0.range_input=15m&g0.relative_time=last_15_minutes';
  return `${url}/select/vmui/?#/?query=${encodeURIComponent(query)}&${range}`;
}

/** `12:34:56.789`; the server leaves out zeros at the end, and the digits after these only keep the order. */
function timeOfDay(time = ''): string {
  const [, seconds = '', fraction = ''] = /T([\d:]+)(?:\.(\d{1,3}))?/.exec(time) ?? [];
  return `${seconds}.${fraction.padEnd(3, '0')}`;
}

/** Ids are told apart by their beginning. */
function shortened(id: string | undefined): string {
  if (id === undefined) return '-';
  return id.length > ID_WIDTH ? `${id.slice(0, ID_WIDTH - 1)}…` : id;
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

function coloured(text: string, level: string | undefined): string {
  const colour = COLOURS[level as keyof typeof COLOURS];
  return colour === undefined ? text : styleText(colour, text);
}
