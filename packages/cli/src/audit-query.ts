/** The LogsQL of the audit. Pure. */

/** Numbers of lines from `first` to `last`, both included. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

export interface Window {
  /** Beginning, in milliseconds since 1970. */
  readonly fromMs: number;
  /** A LogsQL filter. Selects the processes that wrote a matching line in the window. Empty: all. */
  readonly filter: string;
}

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

/** Finds nothing, at no cost. It shows whether the server understands the filter. */
export function filterCheckQuery(filter: string): string {
  return `_time:<1970-01-02 (${filter}\n) | limit 1`;
}

/** How many records each process itself reported as dropped, for those that did. No line can claim it: these fields are ours alone. */
export function reportedQuery(window: Window): string {
  return `${linesOf(window)} "shipper.dropped":* | stats by ("shipper.id") sum("shipper.dropped") as dropped`;
}

/** Which processes have lines before the window. Asked only of those whose first number in it is not 1. */
export function earlierQuery(window: Window): string {
  const firsts = `${linesOf(window)} | stats by ("shipper.id") min("shipper.seq") as lowest`;
  const ids = `in(${firsts} | filter lowest:>1 | fields "shipper.id")`;
  return `_time:<${timestamp(window.fromMs)} "shipper.id":${ids} | uniq by ("shipper.id")`;
}

/** How many of these numbers of a process are stored, at any time: a line can carry its own time, outside the window. */
export function presentQuery(id: string, range: Range): string {
  const columns = 'count() as rows, count_uniq("shipper.seq") as present';
  return `${numbered(id, range)} | stats ${columns}`;
}

/** The missing numbers right after (`+`) or before (`-`) present ones, lowest first: where gaps begin or end. */
export function neighborsQuery(id: string, range: Range, sign: '+' | '-', limit: number): string {
  const lines = numbered(id, range);
  const present = `in(${lines} | fields "shipper.seq")`;
  const step = `math "shipper.seq" ${sign} 1 as neighbor`;
  return `${lines} | ${step} | filter !neighbor:${present} | uniq by (neighbor) | sort by (neighbor) limit ${limit}`;
}

/** The lines that the filter matches, each one once, even if it is stored twice. `uniq` would give only the two numbers. */
export function withoutDuplicatesQuery(filter: string): string {
  // The newline ends a comment in the filter.
  const lines = filter.trim() === '' ? '' : `(${filter}${filter.includes('#') ? '\n' : ''}) `;
  return [
    `${lines}"shipper.id":*`,
    'stats by ("shipper.id", "shipper.seq") row_any() as shipper_row',
    'unpack_json from shipper_row',
    // By now _time is a text without its final zeros. The server would sort .48 before .474.
    'math _time as shipper_time',
    'sort by (shipper_time, "shipper.id", "shipper.seq")',
    'delete shipper_row, shipper_time',
  ].join(' | ');
}

function linesOf({ fromMs, filter }: Window): string {
  const since = `_time:>=${timestamp(fromMs)}`;
  // The filter chooses processes, not lines: level:ERROR, for example, would leave out the numbers in between. The newline
  // ends a comment in the filter.
  const chosen =
    filter.trim() === '' ? '*' : `in(${since} (${filter}\n) "shipper.id":* | fields "shipper.id")`;
  return `${since} "shipper.id":${chosen} "shipper.seq":range[1,${Number.MAX_SAFE_INTEGER}]`;
}

function numbered(id: string, { first, last }: Range): string {
  return `"shipper.id":=${JSON.stringify(id)} "shipper.seq":range[${first},${last}]`;
}

function timestamp(ms: number): string {
  return new Date(ms).toISOString();
}
