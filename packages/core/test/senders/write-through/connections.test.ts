/** Which connections can be used, against real sockets. */
import { expect, it } from 'vitest';
import type { Connections } from '../../../src/senders/write-through/connections.ts';
import { Doubt } from '../../../src/senders/write-through/doubt.ts';
import { idleConnections } from './connected.ts';

/** Idle ones, which were used at 1, 2, … by the steady clock. */
async function idle(count: number): Promise<Connections> {
  const connections = await idleConnections(count);
  for (const [at, one] of connections.every.entries())
    Object.assign(one, { since: at + 1, used: true });
  return connections;
}

it('the one used last is taken, unless it is too old', async () => {
  const connections = await idle(2);
  const [older, newer] = connections.every;
  expect(connections.youngest(3)).toBe(newer);
  newer?.end();
  expect(connections.youngest(3)).toBe(older);
  expect(connections.youngest(60_000)).toBeUndefined();
  expect(older).toMatchObject({ phase: 'closed', endedByUs: true });
});

it('of one that may have died without a sign, nothing is expected', async () => {
  const connections = await idle(2);
  const [silent, other] = connections.every as [(typeof connections.every)[0], never];
  Object.assign(silent, { phase: 'awaiting', doubt: new Doubt(5, 5) });
  expect(connections.trusted).toEqual([other]);
  expect([connections.silent, connections.awaitsSince(9), connections.bytesInFlight]).toEqual([
    ...[1, false, 0],
  ]);
  expect(connections.hasIdle(silent)).toBe(true);
  expect(connections.hasIdle(other)).toBe(false);
  connections.poll(1_000);
  expect(silent.phase).toBe('awaiting');
  Object.assign(silent.doubt ?? {}, { dueAt: 900 });
  connections.poll(1_000);
  expect(silent.phase).toBe('closed');
});

it('those that were used before a moment are ended', async () => {
  const connections = await idle(3);
  connections.endOlderThan(3);
  expect(connections.every.map(({ phase }) => phase)).toEqual(['closed', 'closed', 'idle']);
});
