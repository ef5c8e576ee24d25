import { beforeEach, describe, expect, it, vi } from 'vitest';
import { steadyClock } from '../../../src/process/timers.ts';
import { SLOW_AFTER_MS } from '../../../src/senders/request-rule.ts';
import type { SenderHost } from '../../../src/senders/sender.ts';
import type { ConnectionPool } from '../../../src/senders/write-through/pool.ts';

let endBeforeBlock: typeof import('../../../src/senders/write-through/end-before-block.ts').endBeforeBlock;

beforeEach(async () => {
  // It remembers when the thread last blocked.
  vi.resetModules();
  ({ endBeforeBlock } = await import('../../../src/senders/write-through/end-before-block.ts'));
});

/** @param answerMs When a connection becomes idle. @param awaitsMs For how long another one has waited for an answer. */
function block({ answerMs = 0, awaitsMs = -1, fails = false } = {}) {
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

  it('waits for a tenth of the time since the last such call at most', () => {
    const first = block({ answerMs: 30, awaitsMs: 0 });
    expect(first.ms).toBeGreaterThanOrEqual(30);
    const next = block({ answerMs: 10_000, awaitsMs: 0 });
    expect(next.calls).toEqual([]);
    expect(next.ms).toBeLessThan(100);
  });

  it('gives up the sender if the stack is full: what it was about to do is unknown', () => {
    expect(block({ fails: true })).toMatchObject({ calls: [], isGone: true });
  });
});
