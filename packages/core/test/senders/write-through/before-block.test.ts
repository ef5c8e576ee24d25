import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { pause, steadyClock } from '../../../src/process/timers.ts';
import { SLOW_AFTER_MS } from '../../../src/senders/request-rule.ts';
import type { SenderHost } from '../../../src/senders/sender.ts';
import { beforeBlock } from '../../../src/senders/write-through/before-block.ts';
import type { ConnectionPool } from '../../../src/senders/write-through/pool.ts';

type Host = { -readonly [Name in 'current' | 'lines' | 'flushSync']: SenderHost[Name] };

const hostWith = (lines: number): Host => ({ current: { isGone: false }, lines, flushSync() {} });

interface Case {
  /** When a connection becomes idle. */
  readonly answerMs?: number;
  /** For how long another one has waited for an answer. */
  readonly awaitsMs?: number;
  /** When one that needs no event loop is made, and takes the lines that wait. Undefined if that is impossible. */
  readonly connectsMs?: number | undefined;
  readonly lines?: number;
  readonly host?: Host;
  /** How long another thread takes to send them. */
  readonly flushMs?: number;
  readonly fails?: boolean;
  readonly times?: number;
}

function block({
  answerMs = 0,
  awaitsMs = -1,
  connectsMs,
  lines = 0,
  host = hostWith(lines),
  flushMs = 0,
  fails = false,
  times = 1,
}: Case = {}) {
  const calls: string[] = [];
  host.flushSync = (timeoutMs) => {
    calls.push(`flush within ${timeoutMs}`);
    pause(flushMs);
  };
  const start = steadyClock();
  let awaitedSince = awaitsMs < 0 ? undefined : start - awaitsMs;
  const pool = {
    awaitsSince: (moment: number) => awaitedSince !== undefined && awaitedSince <= moment,
    youngest: () => (steadyClock() - start >= answerMs ? {} : undefined),
    prepareWithoutLoop: (hasLines: boolean) => {
      calls.push(`prepare ${hasLines}`);
      return connectsMs !== undefined;
    },
  } as unknown as ConnectionPool;
  const sender = {
    ready: async () => {},
    close: () => {},
    pump: (now: number, flush?: string) => {
      if (fails) throw new RangeError('Maximum call stack size exceeded');
      awaitedSince ??= now;
      calls.push(`pump ${flush} ${now - start >= answerMs ? 'beside another' : 'alone'}`);
    },
  };
  const poll = () => {
    if (steadyClock() - start >= (connectsMs ?? Number.POSITIVE_INFINITY)) host.lines = 0;
  };
  for (let time = 0; time < times; time++)
    beforeBlock(sender, pool, host as unknown as SenderHost, poll);
  const { lines: waiting, current } = host;
  const flushes = calls.filter((call) => call.startsWith('flush')).length;
  return { calls, flushes, waiting, isGone: current.isGone, ms: steadyClock() - start };
}

describe('before the thread blocks', () => {
  it('ends the open request at once beside an idle connection, however slow the others are', () => {
    const { calls, ms } = block({ awaitsMs: 1_000 });
    expect(calls).toEqual(['pump flush beside another']);
    expect(ms).toBeLessThan(100);
  });

  it('ends it once another connection is answered', () => {
    const { calls } = block({ answerMs: 10, awaitsMs: 0 });
    expect(calls).toEqual(['pump flush beside another']);
  });

  it('ends it on the only connection, and waits until that is answered', () => {
    const { calls, ms } = block({ answerMs: 30 });
    expect(calls).toEqual(['pump flush alone']);
    expect(ms).toBeGreaterThanOrEqual(30);
  });

  it('connects if that takes long, so that the next line need not wait', () => {
    const { calls, ms } = block({ answerMs: 10_000 });
    expect(calls).toEqual(['pump flush alone', 'prepare true']);
    expect(ms).toBeLessThan(2_000);
  });

  it('hands lines without a connection to one that needs no event loop, and waits for it', () => {
    const { calls, waiting } = block({ lines: 3, connectsMs: 20 });
    expect(calls).toEqual(['prepare true', 'pump flush beside another']);
    expect(waiting).toBe(0);
  });

  it('lets lines wait if that takes too long', () => {
    const { waiting, ms } = block({ lines: 3, connectsMs: 10_000 });
    expect(waiting).toBe(3);
    expect(ms).toBeLessThan(1_000);
  });

  it('has another thread send lines if a connection takes the event loop, and that has not run since the last call', async () => {
    expect(block({ lines: 3, times: 3 }).calls).toEqual([
      'prepare true',
      ...['prepare true', 'flush within 1000'],
      ...['prepare true', 'flush within 1000'],
    ]);
    const host = hostWith(3);
    // Four, or fewer on a busy machine, where each takes longer.
    const { flushes } = block({ host, flushMs: 300, times: 10 });
    expect(flushes).toBeGreaterThan(1);
    expect(flushes).toBeLessThan(5);
  });

  it('has none send them once the event loop has run', async () => {
    const host = hostWith(3);
    for (const ms of [0, 10, 100]) {
      await setTimeout(ms);
      expect(block({ host }).flushes).toBe(0);
    }
    expect(block({ host }).flushes).toBe(1);
  });

  it('leaves it open if another answer is late, and connects for the next time', () => {
    const { calls, ms } = block({ answerMs: 10_000, awaitsMs: SLOW_AFTER_MS });
    expect(calls).toEqual(['prepare true']);
    expect(ms).toBeLessThan(100);
  });

  it('waits at once again if it has waited for less than it may, but not always', () => {
    const host = hostWith(0);
    const wait = (answerMs: number) => block({ answerMs, awaitsMs: 0, host }).calls;
    expect([wait(20), wait(20)].flat()).toEqual(Array(2).fill('pump flush beside another'));
    expect([wait(50), wait(50)].flat()).toContain('prepare true');
  });

  it('gives up the sender if the stack is full: what it was about to do is unknown', () => {
    expect(block({ fails: true })).toMatchObject({ calls: [], isGone: true });
  });
});
