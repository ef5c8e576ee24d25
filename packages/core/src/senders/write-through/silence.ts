/**
 * Connections that may have died without a sign: which ones are suspected, and what of theirs is sent again.
 *
 * @lazy
 */
import type { BlockRange } from '../block.ts';
import type { Connection } from './connection.ts';
import type { Connections } from './connections.ts';
import { Doubt, type Newer } from './doubt.ts';

/** What they carry may be sent again. */
const MAX_SILENT = 4;

/** Suspects those that have awaited an answer for lines since this moment or longer. False when there are too many already. */
export function suspectOlder(
  connections: Connections,
  moment: number,
  now: number,
  until: number,
): boolean {
  const left = MAX_SILENT - connections.silent;
  const older = connections.trusted.filter((one) => one.awaitsForLines && one.since <= moment);
  for (const one of older.slice(0, left)) one.doubt = new Doubt(now, until);
  return left > 0;
}

/**
 * Gives back what silent connections hold, as far as a newer answer shows that they are dead. Returns when to look at them again.
 *
 * @param since When the request ended that was answered.
 */
export function compareSilent(
  connections: Connections,
  since: number,
  newer: Newer,
  now: number,
  giveBack: (ranges: readonly BlockRange[]) => void,
): number {
  const isOlder = ({ doubt }: Connection) => doubt !== undefined && doubt.since <= since;
  const silent = connections.every.filter(isOlder);
  // A newer request was answered, so idle ones that are older are dead, too.
  for (const { doubt } of silent) connections.endOlderThan(doubt?.since ?? 0);
  let lookAt = Number.POSITIVE_INFINITY;
  for (const one of silent) {
    const { request, doubt } = one;
    const repeated = doubt?.answered(request.bytes, newer, now) ?? 0;
    if (repeated > 0) giveBack(one.giveUp(repeated));
    if (request.ranges.length === 0) one.end();
    lookAt = Math.min(lookAt, doubt?.deadAt ?? lookAt);
  }
  return lookAt;
}
