import { describe, expect, it } from 'vitest';
import { steadyClock } from '../../../src/process/timers.ts';
import { SLOW_AFTER_MS } from '../../../src/senders/request-rule.ts';
import type { SenderHost } from '../../../src/senders/sender.ts';
import { endBeforeBlock } from '../../../src/senders/write-through/end-before-block.ts';
import type { ConnectionPool } from '../../../src/senders/write-through/pool.ts';

/** @param answerMs When a connection becomes idle. @param awaitsMs For how long another one has waited for an answer. */
function block({ answerMs = 0, awaitsMs = -1, fails = false, times = 1 } = {}) {
  const calls: string[] = [];
  const current = { isGone: false };
  const start = steadyClock();
  let awaitedSince = awaitsMs < 0 ? undefined : start - awaitsMs;
  const pool = {
    awaitsSince: (moment: number) => awaitedSince !== undefined && awaitedSince <= moment,
    get isReady() {
      return steadyClock() - start >= answerMs;
    },
    prepareWithoutLoop: (hasLines: boolean) => calls.push(`prepare ${hasLines}`),
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
  for (let time = 0; time < times; time++)
    endBeforeBlock(sender, pool, { current } as SenderHost, () => {});
  return { calls, isGone: current.isGone, ms: steadyClock() - start };
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

  it('leaves it open if another answer is late', () => {
    const { calls, ms } = block({ answerMs: 10_000, awaitsMs: SLOW_AFTER_MS });
    expect(calls).toEqual([]);
    expect(ms).toBeLessThan(100);
  });

  it('waits for a tenth of the time since the last such call of the same sender at most', () => {
    // The first call of each waits until it takes the server for slow.
    const once = block({ answerMs: 10_000, awaitsMs: 200 });
    expect(once.calls).toEqual([]);
    expect(once.ms).toBeGreaterThanOrEqual(SLOW_AFTER_MS - 200);
    const often = block({ answerMs: 10_000, awaitsMs: 200, times: 2 });
    expect(often.ms).toBeLessThan(2 * once.ms);
  });

  it('gives up the sender if the stack is full: what it was about to do is unknown', () => {
    expect(block({ fails: true })).toMatchObject({ calls: [], isGone: true });
  });
});
