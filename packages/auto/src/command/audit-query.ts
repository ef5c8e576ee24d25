/** The LogsQL of the audit. Pure. */
import type { Range } from './gaps.ts';

/** Which lines are looked at. */
export interface Window {
  /** Beginning, in milliseconds since 1970. */
  readonly fromMs: number;
  /** A LogsQL filter: processes are looked at that wrote a line in the window which it matches. Empty: all. */
  readonly filter: string;
}

/** One row for each process with what a verdict needs. */
export function processesQuery(window: Window): string {
  const columns = [
    'count() as rows',
    'count_uniq("shipper.seq") as present',
    'min("shipper.seq") as lowest',
    'max("shipper.seq") as highest',
    'min(_time) as first_time',
    'max(_time) as last_time',
    'max(container_name) as container_name',
  ].join(', ');
  return `${linesOf(window)} | stats by ("shipper.id") ${columns} | sort by (first_time, "shipper.id")`;
}

/** Finds nothing, at no cost: whether the server understands the filter. */
export function filterCheckQuery(filter: string): string {
  return `_time:<1970-01-02 (${filter}\n) | limit 1`;
}

/** How many records each process itself reported as dropped, for those that did. */
export function reportedQuery(window: Window): string {
  return `${linesOf(window)} logger:="direct-logging" | stats by ("shipper.id") sum("dropped.*") as dropped`;
}

/** Which of these processes have lines before the window. */
export function earlierQuery({ fromMs }: Window, ids: readonly string[]): string {
  const list = ids.map(quote).join(',');
  return `_time:<${timestamp(fromMs)} "shipper.id":in(${list}) | uniq by ("shipper.id")`;
}

/** How many of these numbers of a process there are. At any time: a line may carry a time of its own outside the window. */
export function presentQuery(id: string, range: Range): string {
  const columns = 'count() as rows, count_uniq("shipper.seq") as present';
  return `${numbered(id, range)} | stats ${columns}`;
}

/** The numbers right behind those present that are not there themselves: where gaps begin, lowest first. */
export function gapStartsQuery(id: string, range: Range, limit: number): string {
  return neighboursQuery(numbered(id, range), '+', limit);
}

/** The numbers right before those present that are not there themselves: where gaps end, lowest first. */
export function gapEndsQuery(id: string, range: Range, limit: number): string {
  return neighboursQuery(numbered(id, range), '-', limit);
}

/** The lines that the filter matches, without the copies that were stored of them: `uniq` would give the two numbers alone. */
export function withoutDoublesQuery(filter: string): string {
  // The newline ends a comment in the filter.
  const lines = filter.trim() === '' ? '' : `(${filter}${filter.includes('#') ? '\n' : ''}) `;
  return [
    `${lines}"shipper.id":*`,
    'stats by ("shipper.id", "shipper.seq") row_any() as shipper_row',
    'unpack_json from shipper_row',
    // By now _time is a text without the zeros at its end, by which the server would sort 48 before 474.
    'math _time as shipper_time',
    'sort by (shipper_time, "shipper.id", "shipper.seq")',
    'delete shipper_row, shipper_time',
  ].join(' | ');
}

function linesOf({ fromMs, filter }: Window): string {
  const since = `_time:>=${timestamp(fromMs)}`;
  // Processes are chosen, not lines: a filter such as level:ERROR would leave out the numbers in between. The newline
  // ends a comment in the filter.
  const chosen =
    filter.trim() === '' ? '*' : `in(${since} (${filter}\n) "shipper.id":* | fields "shipper.id")`;
  return `${since} "shipper.id":${chosen} "shipper.seq":range[1,${Number.MAX_SAFE_INTEGER}]`;
}

function numbered(id: string, { first, last }: Range): string {
  return `"shipper.id":=${quote(id)} "shipper.seq":range[${first},${last}]`;
}

function neighboursQuery(lines: string, sign: '+' | '-', limit: number): string {
  const present = `in(${lines} | fields "shipper.seq")`;
  const step = `math "shipper.seq" ${sign} 1 as neighbour`;
  return `${lines} | ${step} | filter !neighbour:${present} | uniq by (neighbour) | sort by (neighbour) limit ${limit}`;
}

function timestamp(ms: number): string {
  return new Date(ms).toISOString();
}

function quote(text: string): string {
  return JSON.stringify(text);
}
