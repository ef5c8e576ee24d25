/** The audit: which lines each process wrote, and which of them are in VictoriaLogs. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NamedServer } from '@direct-logging/core';
import {
  earlierQuery,
  filterCheckQuery,
  gapEndsQuery,
  gapStartsQuery,
  presentQuery,
  processesQuery,
  reportedQuery,
  type Window,
  withoutDuplicatesQuery,
} from './audit-query.ts';
import { gapsBetween, lengthOf, type Range } from './gaps.ts';
import { ask, type Row } from './server.ts';

/** What is audited. */
export interface AuditOptions {
  /** Length of the window that ends now, in milliseconds. Default: 3,600,000 (an hour). */
  readonly sinceMs?: number | undefined;
  /** A LogsQL filter without pipes. Selects the processes that wrote a matching line in the window. Default: all. */
  readonly query?: string | undefined;
  /** How many ranges of missing numbers are listed for each process. Default: 20. */
  readonly maxRanges?: number | undefined;
  /**
   * How long lines can be in flight, in milliseconds. If lines of a process are missing and its last line is younger, they
   * are looked for again when it has this age. 0 for processes that are known to have delivered. Default: 15,000.
   */
  readonly settleMs?: number | undefined;
  /** Called with a sentence about what takes long. Default: nothing is said. */
  readonly say?: ((sentence: string) => void) | undefined;
}

/** What is known about one process, or one thread of it. */
export interface AuditedProcess {
  /** Its `shipper.id`. */
  readonly id: string;
  readonly containerName: string;
  /** Time of its first and of its last line in the window. */
  readonly firstTime: string;
  readonly lastTime: string;
  /** True when it has lines before the window. The audit says nothing about these. */
  readonly beganEarlier: boolean;
  /** How many lines it wrote up to the last stored one, as their numbers tell. */
  readonly written: number;
  /** How many of these are stored. */
  readonly present: number;
  /** How many of these are not. */
  readonly missing: number;
  /** Their numbers: the first `maxRanges` ranges. */
  readonly missingRanges: readonly Range[];
  /** How many stored rows are copies of another row. */
  readonly duplicates: number;
  /** How many records the process itself reported as dropped, in a line with the fields `dropped.<reason>`. */
  readonly reportedDropped: number;
}

/** What the audit found. */
export interface AuditReport {
  /** In the order of their first lines. */
  readonly processes: readonly AuditedProcess[];
  readonly written: number;
  readonly present: number;
  readonly missing: number;
  readonly duplicates: number;
  readonly reportedDropped: number;
  /** A LogsQL query that gives each line of the filter once, with all its fields, in order. */
  readonly queryWithoutDuplicates: string;
}

const DEFAULT_SINCE_MS = 3_600_000;
const DEFAULT_MAX_RANGES = 20;
const DEFAULT_SETTLE_MS = 15_000;
const IDS_PER_QUERY = 500;

/**
 * Audits the processes that wrote something in the window.
 * @throws CommandError when the server cannot be reached, refuses, or breaks off an answer.
 */
export async function audit(server: NamedServer, options: AuditOptions = {}): Promise<AuditReport> {
  const now = Date.now();
  const window: Window = {
    fromMs: now - (options.sinceMs ?? DEFAULT_SINCE_MS),
    filter: options.query ?? '',
  };
  // Checked alone: inside our query, the server would complain about the text around the filter.
  if (window.filter !== '') await ask(server, filterCheckQuery(window.filter));
  const seen = (await ask(server, processesQuery(window))).map(toSeen);
  const earlier = await findEarlier(server, window, seen);
  const reported = await findReported(server, window);
  const spanOf = (one: Seen): Range => ({
    first: earlier.has(one.id) ? one.lowest : 1,
    last: one.highest,
  });
  const suspects = seen.filter((one) => one.present < lengthOf(spanOf(one)));
  await settle(suspects, now, options);
  const closer = new Map<string, Found>();
  for (const one of suspects) {
    closer.set(one.id, await lookCloser(server, one.id, spanOf(one), options.maxRanges));
  }
  const processes = seen.map((one) => ({
    ...verdict(one, spanOf(one), closer.get(one.id) ?? { ...one, missingRanges: [] }),
    beganEarlier: earlier.has(one.id),
    reportedDropped: reported.get(one.id) ?? 0,
  }));
  return {
    processes,
    ...totals(processes),
    queryWithoutDuplicates: withoutDuplicatesQuery(window.filter),
  };
}

/** What the window shows of a process. */
interface Seen {
  readonly id: string;
  readonly containerName: string;
  readonly firstTime: string;
  readonly lastTime: string;
  readonly lowest: number;
  readonly highest: number;
  readonly rows: number;
  /** Different numbers among the rows. */
  readonly present: number;
}

/** What is stored of a span of numbers. */
interface Found {
  readonly rows: number;
  readonly present: number;
  readonly missingRanges: readonly Range[];
}

function toSeen(row: Row): Seen {
  return {
    id: row['shipper.id'] ?? '',
    containerName: row.container_name ?? '',
    firstTime: row.first_time ?? '',
    lastTime: row.last_time ?? '',
    lowest: Number(row.lowest),
    highest: Number(row.highest),
    rows: Number(row.rows),
    present: Number(row.present),
  };
}

/** Numbers begin at 1. If the first number of a process is higher, lines are lost, or they are older than the window. */
async function findEarlier(
  server: NamedServer,
  window: Window,
  seen: readonly Seen[],
): Promise<ReadonlySet<string>> {
  const ids = seen.filter(({ lowest }) => lowest > 1).map(({ id }) => id);
  const earlier = new Set<string>();
  for (let at = 0; at < ids.length; at += IDS_PER_QUERY) {
    const rows = await ask(server, earlierQuery(window, ids.slice(at, at + IDS_PER_QUERY)));
    for (const row of rows) earlier.add(row['shipper.id'] ?? '');
  }
  return earlier;
}

async function findReported(
  server: NamedServer,
  window: Window,
): Promise<ReadonlyMap<string, number>> {
  const rows = await ask(server, reportedQuery(window));
  // The sum of no numbers is NaN.
  return new Map(rows.map((row) => [row['shipper.id'] ?? '', Number(row.dropped) || 0]));
}

async function settle(
  suspects: readonly Seen[],
  now: number,
  { settleMs = DEFAULT_SETTLE_MS, say }: AuditOptions,
): Promise<void> {
  const ages = suspects.map(({ lastTime }) => Math.max(0, now - Date.parse(lastTime)));
  const waitMs = settleMs - Math.min(...ages, settleMs);
  if (waitMs <= 0) return;
  const seconds = Math.ceil(waitMs / 1000);
  say?.(
    `Lines of processes that wrote a moment ago may be in flight: looking again in ${seconds} s`,
  );
  await sleep(waitMs);
}

/** Counts again, whatever time the lines carry, and finds the missing ranges. */
async function lookCloser(
  server: NamedServer,
  id: string,
  span: Range,
  maxRanges = DEFAULT_MAX_RANGES,
): Promise<Found> {
  const [counts] = await ask(server, presentQuery(id, span));
  const present = Number(counts?.present ?? 0);
  const rows = Number(counts?.rows ?? 0);
  if (present === lengthOf(span)) return { rows, present, missingRanges: [] };
  // One more: the first run may have nothing missing before it, or the last one nothing after it.
  const starts = await ask(server, gapStartsQuery(id, span, maxRanges + 1));
  const ends = await ask(server, gapEndsQuery(id, span, maxRanges + 1));
  const gaps = gapsBetween(starts.map(neighbourOf), ends.map(neighbourOf), span);
  return { rows, present, missingRanges: gaps.slice(0, maxRanges) };
}

function neighbourOf(row: Row): number {
  return Number(row.neighbour);
}

function verdict({ id, containerName, firstTime, lastTime }: Seen, span: Range, found: Found) {
  const written = lengthOf(span);
  const { rows, present, missingRanges } = found;
  const missing = written - present;
  const duplicates = rows - present;
  return {
    id,
    containerName,
    firstTime,
    lastTime,
    written,
    present,
    missing,
    missingRanges,
    duplicates,
  };
}

function totals(
  processes: readonly AuditedProcess[],
): Omit<AuditReport, 'processes' | 'queryWithoutDuplicates'> {
  const sum = (of: (one: AuditedProcess) => number) =>
    processes.reduce((total, one) => total + of(one), 0);
  return {
    written: sum(({ written }) => written),
    present: sum(({ present }) => present),
    missing: sum(({ missing }) => missing),
    duplicates: sum(({ duplicates }) => duplicates),
    reportedDropped: sum(({ reportedDropped }) => reportedDropped),
  };
}
