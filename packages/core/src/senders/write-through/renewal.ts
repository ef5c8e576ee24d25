/**
 * When a connection is used, replaced, closed or given up: long before a server, a proxy or silence makes it useless. Pure.
 */
import { ANSWER_TIMEOUT_MS } from '../sender.ts';
import type { Connection } from './connection.ts';

type Ages = Pick<Connection, 'used' | 'since' | 'madeAt' | 'linesAt' | 'earlyMs'>;

/** `prime`: an empty request is sent on it. Otherwise it is looked at again `at` that moment. */
export type Renewal = 'prime' | { readonly at: number; readonly needsAnother: boolean };

/** More connections than are needed are kept for this long: bursts often follow each other. */
const CLOSE_UNUSED_AFTER_MS = 10_000;
/** VictoriaLogs closes a connection on which nothing was ever sent after 5 s. */
const PRIME_UNUSED_AFTER_MS = 2_000;
/** VictoriaLogs closes a connection that was idle for 60 s. */
const PRIME_IDLE_AFTER_MS = 45_000;
/** A process that was frozen may still have older ones. */
export const STALE_AFTER_MS = 55_000;
/** After 120 s VictoriaLogs closes a connection at its next answer. */
const REPLACE_AFTER_MS = 100_000;
export const RENEW_AGAIN_MS = 1_000;
/** While a server answers other requests, it gets more time for one, but not more than this. */
const MAX_ANSWER_TIMEOUT_MS = 30_000;
/** After a minute VictoriaLogs gives up a request that waits in its queue, answers 200, and loses it. */
export const MAX_SILENCE_MS = 45_000;

/**
 * A server closes a connection that it has not heard from within five seconds, and waits as long for it when it is stopped. The
 * answer to an empty request also shows a refusal early. A used connection is primed only if another one is free for lines meanwhile, and
 * an unused one before it is due only if two are.
 * @param others Number of other idle connections.
 * @param silent Number of those that may have died without a sign.
 */
export function renewalOf(
  connection: Ages,
  keepsAlive: boolean,
  others: number,
  silent: number,
  now: number,
): Renewal {
  const { used, since, earlyMs } = connection;
  const usualMs = used ? PRIME_IDLE_AFTER_MS - earlyMs : PRIME_UNUSED_AFTER_MS;
  // Its answer is evidence about those that are silent.
  const dueAt = since + (silent > 0 ? RENEW_AGAIN_MS : usualMs);
  const isEarly = !used && keepsAlive && others >= 2;
  const isDue = now >= dueAt && (others > 0 || !used);
  if (isEarly || isDue) return 'prime';
  const at = Math.min(dueAt, oldAt(connection));
  return { at: Math.max(at, now + RENEW_AGAIN_MS), needsAnother: !used || now >= at };
}

/** When it ends, if the others are enough: it is old, or has been without lines for long. */
export function spareUntil(connection: Ages): number {
  return Math.min(oldAt(connection), connection.linesAt + CLOSE_UNUSED_AFTER_MS);
}

/**
 * When it is given up if nothing happens, and why.
 * @param answeredAt When the server last answered any request.
 */
export function whenLate(
  { phase, since, isLookedUp, doubt }: Connection,
  answeredAt: number,
  connectTimeoutMs: number,
): { readonly at: number; readonly reason: string } {
  const isConnecting = phase === 'connecting' && isLookedUp;
  // A lookup cannot be cut short, and another one would take as long.
  const timeoutMs = isConnecting ? connectTimeoutMs : ANSWER_TIMEOUT_MS;
  const aliveAt = phase === 'awaiting' ? Math.max(since, answeredAt) : since;
  const at = Math.min(aliveAt + timeoutMs, since + MAX_ANSWER_TIMEOUT_MS);
  const what = isLookedUp ? (isConnecting ? 'connection' : 'answer') : 'address';
  const reason = `no ${what} within ${timeoutMs} ms`;
  return { at: doubt === undefined ? at : since + MAX_SILENCE_MS, reason };
}

function oldAt({ madeAt, earlyMs }: Ages): number {
  return madeAt + REPLACE_AFTER_MS - earlyMs;
}
