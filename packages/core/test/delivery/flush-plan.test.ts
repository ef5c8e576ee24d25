import { describe, expect, it } from 'vitest';
import { FlushPlan, type FlushState } from '../../src/delivery/flush-plan.ts';

const STATE: FlushState = { settled: 0, untaken: 0 };

/** After a failure. */
function failed(
  retryAt?: number,
  how: { isUnreachable?: boolean; isBusy?: boolean } = {},
): FlushState {
  const state = { backsOff: retryAt !== undefined, retryAt: retryAt ?? Number.NaN };
  return { ...STATE, retry: { isUnreachable: false, isBusy: false, ...how, state } };
}

describe('FlushPlan', () => {
  it('ends at its timeout', () => {
    const plan = new FlushPlan(0, 2_000);
    expect(plan.next(1, STATE)).toBe('wait');
    expect(plan.next(2_000, STATE)).toBe('stop');
    expect(new FlushPlan(0, Number.NaN).next(0, STATE)).toBe('stop');
  });

  it('tries new connections once, when nothing has moved for half of its time', () => {
    const plan = new FlushPlan(0, 2_000);
    expect(plan.next(0, STATE)).toBe('wait');
    expect(plan.waitMs(0)).toBe(1_000);
    expect(plan.next(999, STATE)).toBe('wait');
    expect(plan.next(1_000, STATE)).toBe('suspect');
    expect(plan.next(1_001, STATE)).toBe('wait');
    expect(plan.waitMs(1_001)).toBe(999);
  });

  it('suspects no connection for a silence that a busy server may keep', () => {
    const plan = new FlushPlan(0, 60);
    expect(plan.next(0, STATE)).toBe('wait');
    expect(plan.next(49, STATE)).toBe('wait');
    expect(plan.next(50, STATE)).toBe('suspect');
    const shorter = new FlushPlan(0, 40);
    expect(shorter.next(0, STATE)).toBe('wait');
    expect(shorter.waitMs(0)).toBe(40);
    expect(shorter.next(39, STATE)).toBe('wait');
    expect(shorter.next(40, STATE)).toBe('stop');
  });

  it('takes each line that is acknowledged or taken as a sign of life, but never waits beyond its timeout', () => {
    const plan = new FlushPlan(0, 2_000);
    for (let ms = 0; ms < 2_000; ms += 500) {
      const settled = ms / 500;
      expect(plan.next(ms, { ...STATE, settled })).toBe('wait');
      expect(plan.next(ms + 250, { ...STATE, settled, untaken: -1 - settled })).toBe('wait');
    }
    expect(plan.next(2_000, { ...STATE, settled: 9 })).toBe('stop');
  });

  it('waits half a second for a server that could not be reached, renewed by progress', () => {
    const plan = new FlushPlan(0, 2_000);
    const down = failed(undefined, { isUnreachable: true });
    expect(plan.next(0, down)).toBe('wait');
    expect(plan.next(200, { ...down, settled: 5 })).toBe('wait');
    expect(plan.next(699, { ...down, settled: 5 })).toBe('suspect');
    expect(new FlushPlan(0, 2_000).next(0, down)).toBe('wait');
    const other = new FlushPlan(0, 2_000);
    other.next(0, down);
    expect(other.next(500, down)).toBe('stop');
  });

  it('waits no longer without progress than its patience', () => {
    const plan = new FlushPlan(0, 2_000, 500);
    plan.next(0, STATE);
    expect(plan.next(499, STATE)).toBe('suspect');
    expect(plan.next(500, STATE)).toBe('stop');
  });

  it('cuts two long waits short', () => {
    const plan = new FlushPlan(0, 2_000);
    const steps = [0, 1, 2].map((ms) => plan.next(ms, failed(1_000)));
    expect(steps).toEqual(['retry', 'retry', 'stop']);
  });

  it('cuts more waits short while lines are acknowledged, not while the kernel takes them', () => {
    const plan = new FlushPlan(0, 2_000);
    const after = (settled: number, untaken: number) =>
      plan.next(0, { ...failed(1_000), settled, untaken });
    for (let settled = 0; settled < 10; settled++) expect(after(settled, 0)).toBe('retry');
    expect(after(9, 5)).toBe('retry');
    expect(after(9, 1)).toBe('stop');
  });

  it('waits for a server that answers, and tries again while there is still some time', () => {
    const plan = new FlushPlan(0, 2_000);
    const busy = (retryAt: number) => failed(retryAt, { isBusy: true });
    expect(plan.next(0, busy(1_000))).toBe('wait');
    expect(plan.next(1_000, busy(1_000))).toBe('retry');
    expect(plan.next(1_001, busy(2_900))).toBe('wait');
    const last = [1_500, 1_501, 1_502].map((ms) => plan.next(ms, busy(2_900)));
    expect(last).toEqual(['retry', 'retry', 'stop']);
  });

  it('does not wait until no time is left', () => {
    const plan = new FlushPlan(0, 2_000);
    const busy = failed(1_950, { isBusy: true });
    const steps = [100, 1_499, 1_500].map((ms) => plan.next(ms, busy));
    expect(steps).toEqual(['wait', 'wait', 'retry']);
  });

  it.each([
    ['after a flush in vain', 500, 1_000],
    ['that a server asks for and the flush has no time for', 2_000, 60_000],
  ])('cuts two waits short %s', (_, maxPatienceMs, retryAt) => {
    const plan = new FlushPlan(0, 2_000, maxPatienceMs);
    const steps = [0, 1, 2].map((ms) => plan.next(ms, failed(retryAt, { isBusy: true })));
    expect(steps).toEqual(['retry', 'retry', 'stop']);
  });

  it('waits for the end of short waits, for a server that takes connections', () => {
    const plan = new FlushPlan(0, 2_000);
    for (const ms of [0, 100, 200, 300, 400]) {
      expect(plan.next(ms, failed(ms + 50))).toBe('wait');
      expect(plan.next(ms + 50, failed(ms + 50))).toBe('retry');
    }
    const down = failed(50, { isUnreachable: true });
    const other = new FlushPlan(0, 2_000);
    expect([0, 1, 2].map((ms) => other.next(ms, down))).toEqual(['retry', 'retry', 'stop']);
  });
});
