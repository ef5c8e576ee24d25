/** Connections that stay silent, against real sockets. */
import { expect, it } from 'vitest';
import { Block, IMPORTANCE } from '../../../src/senders/block.ts';
import type { Connections } from '../../../src/senders/write-through/connections.ts';
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
