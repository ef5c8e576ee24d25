/** Connections that stay silent, against real sockets. */
import { expect, it } from 'vitest';
import { Block, IMPORTANCE, sizeOf } from '../../../src/senders/block.ts';
import type { Connections } from '../../../src/senders/write-through/connections.ts';
import type { Newer } from '../../../src/senders/write-through/doubt.ts';
import {
  compareSilent,
  isTrying,
  suspectOlder,
} from '../../../src/senders/write-through/silence.ts';
import { idleConnections } from './connected.ts';

/** They await the answer to a line each, since 1, 2, … by the steady clock. */
async function awaiting(count: number): Promise<Connections> {
  const connections = await idleConnections(count);
  for (const [at, one] of connections.every.entries()) {
    const block = new Block(4096);
    block.append('x', IMPORTANCE.ordinary, 0);
    one.request.add({ block, from: 0, to: 1, bytes: 1 });
    Object.assign(one, { phase: 'awaiting', since: at + 1 });
  }
  return connections;
}

it('those that have waited for long are suspected, but not more than four', async () => {
  const connections = await awaiting(6);
  expect(suspectOlder(connections, 2, 100, 100)).toBe(true);
  expect(connections.silent).toBe(2);
  expect(suspectOlder(connections, 6, 100, 100)).toBe(true);
  expect(connections.silent).toBe(4);
  expect(suspectOlder(connections, 6, 100, 100)).toBe(false);
});

it('a newer answer gives back a line, and a connection without any is ended', async () => {
  const connections = await awaiting(2);
  const [silent, other] = connections.every;
  suspectOlder(connections, 1, 100, 100);
  const answered = (since: number) => compareSilent(connections, since, { bytes: 0, ms: 1 }, 110);
  expect(answered(99)).toBe(Number.POSITIVE_INFINITY);
  expect(answered(100)).toBe(115);
  connections.poll(114);
  expect(silent?.request.ranges).toHaveLength(1);
  connections.poll(115);
  expect(silent?.request.ranges).toEqual([]);
  expect([silent?.phase, other?.phase]).toEqual(['closed', 'awaiting']);
});

it('the answer to a request that ended before the step shows only how fast the server is', async () => {
  const connections = await awaiting(2);
  const [silent, idle] = connections.every;
  const block = new Block(100_000);
  for (let at = 0; at < 4; at++) block.append('x'.repeat(20_000), IMPORTANCE.ordinary, 0);
  silent?.request.add({ block, from: 0, to: 4, bytes: sizeOf({ block, from: 0, to: 4 }) });
  suspectOlder(connections, 1, 100, 100);
  const bytes = silent?.request.bytes ?? 0;
  const answered = (newer: Newer, since: number, now: number) =>
    compareSilent(connections, since, newer, now);
  expect(answered({ bytes: 0, ms: 0 }, 100, 110)).toBe(110);
  connections.poll(110);
  Object.assign(idle ?? {}, { phase: 'idle', used: true, since: 105 });
  expect(answered({ bytes: bytes * 10, ms: 300 }, 109, 120)).toBe(Number.POSITIVE_INFINITY);
  expect(idle?.phase).toBe('idle');
  expect(answered({ bytes: 1, ms: 1 }, 115, 120)).toBe(115);
  connections.poll(120);
  expect(idle?.phase).toBe('closed');
  // Ten times as fast as the newer request of the last step says.
  expect(answered({ bytes: bytes / 10, ms: 30 }, 130, 140)).toBe(110 + 5 * 30);
});

it('a new connection that is unanswered for a second is no attempt any more', async () => {
  const connections = await awaiting(2);
  const [silent, attempt] = connections.every;
  suspectOlder(connections, 1, 100, 100);
  Object.assign(attempt ?? {}, { used: false, madeAt: 200 });
  expect(isTrying(connections, 1_199)).toBe(true);
  expect(isTrying(connections, 1_200)).toBe(false);
  Object.assign(silent ?? {}, { since: 250 });
  expect(isTrying(connections, 1_199)).toBe(false);
});
