/** The record that says how many records were dropped, and why. @lazy secrets */
import { OWN_FIELDS, type OwnInput } from '../record/our-names.ts';
import type { DropCounts } from './drops.ts';

/** @param reported What the server has a record of already. */
export function dropReport(counts: DropCounts, reported: DropCounts): OwnInput {
  const dropped = difference(counts, reported);
  const records = Object.values(dropped).reduce((sum, count) => sum + count, 0);
  const reasons = Object.entries(dropped).map(([reason, count]) => [`dropped.${reason}`, count]);
  return {
    text: `${records} log records of this process were dropped`,
    level: 'WARN',
    logger: 'direct-logging',
    fields: {},
    [OWN_FIELDS]: { dropped: records, ...Object.fromEntries(reasons) },
  };
}

export function difference(counts: DropCounts, reported: DropCounts): DropCounts {
  const more = Object.entries(counts).map(
    ([reason, count]) => [reason, count - (reported[reason] ?? 0)] as const,
  );
  return Object.fromEntries(more.filter(([, count]) => count));
}
