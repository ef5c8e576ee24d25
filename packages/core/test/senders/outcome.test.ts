import { describe, expect, it } from 'vitest';
import { outcomeOfAnswer, waitBeforeRetry } from '../../src/senders/outcome.ts';

const NOW = Date.UTC(2026, 0, 1);

describe('outcomeOfAnswer', () => {
  it.each([
    [200, 'delivered'],
    [204, 'delivered'],
    [400, 'unacceptable'],
    [413, 'unacceptable'],
    [401, 'refused'],
    [403, 'refused'],
    [404, 'refused'],
    [405, 'refused'],
    [301, 'refused'],
    [408, 'retryable'],
    [429, 'retryable'],
    [500, 'retryable'],
    [503, 'retryable'],
  ])('takes %i as %s', (status, kind) => {
    expect(outcomeOfAnswer(status, undefined, '', NOW).kind).toBe(kind);
  });

  it.each([
    ['7', 7_000],
    [' 0 ', 0],
    ['99999999', 60_000],
    [new Date(NOW + 3_000).toUTCString(), 3_000],
    [new Date(NOW - 3_000).toUTCString(), 0],
    ['soon', undefined],
    [undefined, undefined],
  ])('reads Retry-After %j as %s ms', (value, retryAfterMs) => {
    expect(outcomeOfAnswer(429, value, '', NOW)).toMatchObject({ retryAfterMs });
  });

  it('keeps only the beginning of the text', () => {
    const outcome = outcomeOfAnswer(400, undefined, 'x'.repeat(5_000), NOW);
    expect(outcome.kind !== 'delivered' && outcome.reason.length).toBeLessThan(250);
  });
});

describe('waitBeforeRetry', () => {
  const retryable = { kind: 'retryable', reason: '' } as const;
  const refused = { kind: 'refused', reason: '' } as const;

  it('doubles from 50 ms to 5 s, and from 1 s to 60 s after a refusal', () => {
    expect([1, 2, 3, 20].map((n) => waitBeforeRetry(n, retryable, 0))).toEqual([
      50, 100, 200, 5_000,
    ]);
    expect([1, 2, 20].map((n) => waitBeforeRetry(n, refused, 0))).toEqual([1_000, 2_000, 60_000]);
  });

  it('takes off up to half of it at random', () => {
    expect(waitBeforeRetry(3, retryable, 1)).toBe(100);
  });

  it('waits as long as the server asks', () => {
    expect(waitBeforeRetry(1, { ...retryable, retryAfterMs: 7_000 }, 0.5)).toBe(7_000);
  });
});
