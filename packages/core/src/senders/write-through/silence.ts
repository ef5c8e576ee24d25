/** Connections that may have died without a sign: which ones are suspected, and what newer ones say about them. @lazy silence */
import type { Connection } from './connection.ts';
import type { Connections } from './connections.ts';
import { Doubt, type Newer } from './doubt.ts';

/** What they carry may be sent again. */
const MAX_SILENT = 4;
/** How long nothing else is tried beside a new connection that is not answered. */
const TRY_MS = 1_000;

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

/** Whether a new connection is on its way already. One that is older than the silence, or unanswered for long, may have met the same end. */
export function isTrying({ every, trusted }: Connections, now: number): boolean {
  const silent = every.filter(({ doubt }) => doubt !== undefined);
  const since = Math.max(now - TRY_MS, Math.min(...silent.map(({ since }) => since)));
  return trusted.some(({ phase, used, madeAt }) => !used && phase !== 'idle' && madeAt > since);
}

/** Whether the server has not answered anybody since the last doubt began: it may be frozen, too. */
export function mayAllBeSilent(connections: Connections, answeredAt: number): boolean {
  return connections.every.some(({ doubt }) => doubt !== undefined && doubt.since >= answeredAt);
}

/** Suspects one more, whose request was open for as long as the silent ones have owed their answers. */
export function suspectToo(connections: Connections, connection: Connection, now: number): void {
  if (connections.silent < MAX_SILENT) connection.doubt = new Doubt(now, now);
}

/**
 * Compares the silent connections with a newer one that was answered. Returns when to look at them again.
 *
 * @param since When the request ended that was answered.
 */
export function compareSilent(
  connections: Connections,
  since: number,
  newer: Newer,
  now: number,
): number {
  let lookAt = Number.POSITIVE_INFINITY;
  for (const { doubt, request } of connections.every) {
    if (doubt === undefined) continue;
    // A newer request was answered, so idle ones that are older are dead, too.
    if (since >= doubt.since) connections.endOlderThan(doubt.since);
    doubt.answered(request.bytes, newer, since, now);
    lookAt = Math.min(lookAt, doubt.dueAt);
  }
  return lookAt;
}
