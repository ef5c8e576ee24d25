/** Whether streams come and go: each costs the server an entry in its index and a block of its own, however few lines it gets. Pure. */
import type { Check } from './check.ts';

/** Fewer say nothing: a server that has just started has few lines. */
const MIN_STREAMS = 10_000;
/** A pod that lives for an hour and logs a line every three seconds. */
const MIN_LINES_PER_STREAM = 1_000;

/**
 * A warning if the streams of a server have few lines each.
 * @param metrics The text of its `/metrics`. An insert node and vlagent do not know about streams.
 */
export function checkStreams(metrics: string): Check[] {
  const streams = sumOf(metrics, /^vl_streams_created_total (\S+)$/gm);
  const lines = sumOf(metrics, /^vl_rows_ingested_total\{[^}\n]*\} (\S+)$/gm);
  if (streams < MIN_STREAMS || lines >= streams * MIN_LINES_PER_STREAM) return [];
  const each = Math.round(lines / streams).toLocaleString('en-US');
  const finding = `since its start, the server has made ${streams.toLocaleString('en-US')} streams, with ${each} lines in each: names that change, such as those of pods, make new ones all the time`;
  const next =
    'set VICTORIALOGS_STREAM_FIELDS=job,stream in all programs; container_name stays a field that can be searched';
  return [{ name: 'streams', verdict: 'warn', finding, next }];
}

function sumOf(metrics: string, values: RegExp): number {
  return [...metrics.matchAll(values)].reduce((sum, [, value]) => sum + Number(value), 0);
}
