/** The audit: which lines each process wrote, and which of them are in VictoriaLogs. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NamedServer } from '@direct-logging/core';
import {
  earlierQuery,
  filterCheckQuery,
  neighborsQuery,
  presentQuery,
  processesQuery,
  type Range,
  reportedQuery,
  type Window,
  withoutDuplicatesQuery,
} from './audit-query.ts';
import { ask, type Row } from './queries.ts';

export interface AuditOptions {
  /** Length of the window that ends now, in milliseconds. Default: 3,600,000 (an hour). */
  readonly sinceMs?: number | undefined;
  /** A LogsQL filter without pipes. Selects the processes that wrote a matching line in the window. Default: all. */
  readonly query?: string | undefined;
  /**
   * How long lines can be in flight, in milliseconds. If lines of a process are missing and its last line is younger, they
   * are looked for again when it has this age. 0 for processes that are known to have delivered. Default: 15,000.
   */
  readonly settleMs?: number | undefined;
  /** Called with a sentence about what takes long. Default: nothing is said. */
  readonly say?: ((sentence: string) => void) | undefined;
}

/** How many lines were written, as their numbers tell, and what became of them. */
interface AuditCounts {
  /** Up to the last stored one. */
  readonly written: number;
  readonly present: number;
  readonly missing: number;
  readonly duplicates: number;
  /** How many records the process itself reported as dropped, in the field `shipper.dropped`. */
  readonly reportedDropped: number;
}

export interface AuditedProcess extends AuditCounts {
  readonly id: string;
  readonly containerName: string;
  readonly firstTime: string;
  readonly lastTime: string;
  /** True when it has lines before the window. The audit says nothing about these. */
  readonly beganEarlier: boolean;
  /** The numbers of its missing lines: the first ones. */
  readonly missingRanges: readonly Range[];
}

export interface AuditReport extends AuditCounts {
  /** In the order of their first lines. */
  readonly processes: readonly AuditedProcess[];
  /** A LogsQL query that gives each line of the filter once, with all its fields, in order. */
  readonly queryWithoutDuplicates: string;
}

const DEFAULT_SINCE_MS = 3_600_000;
/** How many ranges of missing numbers are listed for each process. */
const MAX_RANGES = 20;
const DEFAULT_SETTLE_MS = 15_000;

/**
 * Audits the processes that wrote something in the window.
 * @throws CommandError when the server cannot be reached, refuses, or breaks off an answer.
 */
export async function audit(server: NamedServer, options: AuditOptions = {}): Promise<AuditReport> {
  const now = Date.now();
  const { sinceMs = DEFAULT_SINCE_MS, query: filter = '' } = options;
  const window: Window = { fromMs: now - sinceMs, filter };
  // Checked alone: inside our query, the server would complain about the text around the filter.
  if (filter !== '') await ask(server, filterCheckQuery(filter));
  const rows = await ask(server, processesQuery(window));
  // If the first number of a process is higher than 1, lines are lost, or they are older than the window.
  const mayBeOlder = rows.some(({ lowest }) => Number(lowest) > 1);
  const older = mayBeOlder ? await ask(server, earlierQuery(window)) : [];
  const earlier = new Set(older.map(idOf));
  // The sum of no numbers is NaN.
  const reported = new Map(
    (await ask(server, reportedQuery(window))).map((row) => [idOf(row), Number(row.dropped) || 0]),
  );
  const processes = rows.map((row): AuditedProcess => {
    const id = idOf(row);
    const beganEarlier = earlier.has(id);
    return {
      id,
      containerName: row.container_name ?? '',
      firstTime: row.first_time ?? '',
      lastTime: row.last_time ?? '',
      beganEarlier,
      reportedDropped: reported.get(id) ?? 0,
      missingRanges: [],
      ...counted(rangeOf(row, beganEarlier), row),
    };
  });
  const suspects = processes.filter(({ missing }) => missing > 0);
  await settle(suspects, now, options);
  for (const one of suspects) {
    const row = rows[processes.indexOf(one)] as Row;
    Object.assign(one, await lookCloser(server, one.id, rangeOf(row, one.beganEarlier)));
  }
  const sum = (count: keyof AuditCounts) => processes.reduce((total, one) => total + one[count], 0);
  return {
    processes,
    written: sum('written'),
    present: sum('present'),
    missing: sum('missing'),
    duplicates: sum('duplicates'),
    reportedDropped: sum('reportedDropped'),
    queryWithoutDuplicates: withoutDuplicatesQuery(filter),
  };
}

function idOf(row: Row): string {
  return row['shipper.id'] ?? '';
}

/** The numbers that a process wrote in the window. They begin at 1, unless the first ones are older than the window. */
function rangeOf({ lowest, highest }: Row, beganEarlier: boolean): Range {
  return { first: beganEarlier ? Number(lowest) : 1, last: Number(highest) };
}

function counted(range: Range, stored: Row | undefined) {
  const written = lengthOf(range);
  const [rows, present] = [Number(stored?.rows ?? 0), Number(stored?.present ?? 0)];
  return { written, present, missing: written - present, duplicates: rows - present };
}

async function settle(
  suspects: readonly AuditedProcess[],
  now: number,
  { settleMs = DEFAULT_SETTLE_MS, say }: AuditOptions,
): Promise<void> {
  const times = suspects.map(({ lastTime }) => Date.parse(lastTime) || 0);
  const lastMs = times.reduce((last, time) => Math.max(last, time), 0);
  const waitMs = settleMs - Math.max(0, now - lastMs);
  if (waitMs <= 0) return;
  const seconds = Math.ceil(waitMs / 1000);
  say?.(
    `Lines of processes that wrote a moment ago may be in flight: looking again in ${seconds} s`,
  );
  await sleep(waitMs);
}

/** Counts again, whatever time the lines carry, and finds the missing ranges. */
async function lookCloser(server: NamedServer, id: string, range: Range) {
  const [stored] = await ask(server, presentQuery(id, range));
  const counts = counted(range, stored);
  if (counts.missing === 0) return counts;
  // One more: the first run may have nothing missing before it, or the last one nothing after it.
  const neighbors = async (sign: '+' | '-') =>
    (await ask(server, neighborsQuery(id, range, sign, MAX_RANGES + 1))).map(({ neighbor }) =>
      Number(neighbor),
    );
  const starts = await neighbors('+');
  const ends = await neighbors('-');
  return { ...counts, missingRanges: gapsBetween(starts, ends, range).slice(0, MAX_RANGES) };
}

export function lengthOf({ first, last }: Range): number {
  return last - first + 1;
}

/**
 * The gaps in a range, lowest first. Takes the numbers right after and right before each run of present numbers, both in
 * order. If these lists were cut off, returns the gaps as far as both lists reach.
 */
export function gapsBetween(
  afterRuns: readonly number[],
  beforeRuns: readonly number[],
  { first, last }: Range,
): Range[] {
  const firsts = afterRuns.filter((number) => number <= last);
  const lasts = beforeRuns.filter((number) => number >= first);
  // The gap at the beginning has no run before it.
  if ((beforeRuns[0] ?? 0) >= first) firsts.unshift(first);
  return lasts
    .slice(0, firsts.length)
    .map((end, at) => ({ first: firsts[at] as number, last: end }));
}
