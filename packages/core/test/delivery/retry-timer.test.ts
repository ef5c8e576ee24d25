import { describe, expect, it } from 'vitest';
import { RetryTimer } from '../../src/delivery/retry-timer.ts';
import { outcomeOfFailure } from '../../src/senders/failed-answer.ts';
import type { Outcome } from '../../src/senders/outcome.ts';
import { ManualClock } from '../manual-clock.ts';

const LINES = { lines: 2, bytes: 100 };
const NONE = { lines: 0, bytes: 0 };
const UNREACHABLE: Outcome = { kind: 'retryable', reason: 'ECONNREFUSED', unreachable: true };

function start() {
  const clock = new ManualClock();
  let retries = 0;
  const retry = new RetryTimer(
    4096,
    clock,
    () => 0,
    () => retries++,
  );
  return { clock, retry, retries: () => retries };
}

describe('RetryTimer', () => {
  it('retries once when the wait after a failure is over', () => {
    const { clock, retry, retries } = start();
    expect(retry.decide(LINES, UNREACHABLE)).toMatchObject({ lines: 'give back' });
    expect(retry.state.backsOff).toBe(true);
    const wait = retry.state.retryAt - clock.now;
    clock.advance(wait - 1);
    expect(retries()).toBe(0);
    clock.advance(1);
    expect(retries()).toBe(1);
    clock.advance(wait * 10);
    expect(retries()).toBe(1);
  });

  it('does not keep the process alive', () => {
    const { clock, retry } = start();
    retry.decide(LINES, UNREACHABLE);
    expect([clock.pending, clock.holding]).toEqual([1, 0]);
  });

  it.each<[string, (retry: RetryTimer) => unknown]>([
    ['cut short', (retry) => retry.end()],
    ['stopped', (retry) => retry.stop()],
  ])('does not retry after a wait that was %s', (_, act) => {
    const { clock, retry, retries } = start();
    retry.decide(LINES, UNREACHABLE);
    act(retry);
    clock.advance(100_000);
    expect([retries(), clock.pending]).toEqual([0, 0]);
  });

  it('takes a server that has refused connections for reachable once one is accepted and cut', () => {
    const { retry } = start();
    retry.decide(NONE, UNREACHABLE);
    expect(retry.isUnreachable).toBe(true);
    retry.decide(NONE, { kind: 'retryable', reason: 'ECONNRESET', isBusy: true });
    expect(retry.isUnreachable).toBe(false);
  });

  it.each<Outcome>([
    { kind: 'retryable', reason: 'no answer within 10000 ms', contactLost: true },
    { kind: 'retryable', reason: 'status 503', contactLost: true },
    { kind: 'refused', reason: 'status 401' },
  ])('takes a server that was reached for reachable after $reason', (outcome) => {
    const { retry } = start();
    retry.decide(LINES, outcome);
    expect(retry.isUnreachable).toBe(false);
    retry.decide(LINES, UNREACHABLE);
    retry.decide(LINES, outcome);
    expect(retry.isUnreachable).toBe(true);
  });

  it('takes a server for busy only if its last failure was that', () => {
    const { retry } = start();
    retry.decide(LINES, { kind: 'retryable', reason: 'status 503', isBusy: true });
    expect(retry.isBusy).toBe(true);
    retry.decide(LINES, { kind: 'delivered' });
    retry.decide(LINES, { kind: 'refused', reason: 'status 401' });
    expect(retry.isBusy).toBe(false);
  });

  it.each([503, 429, 500, 403, 400])(
    'goes on to wait after %i although an empty request is taken',
    (status) => {
      const answer = { status, retryAfter: '', location: undefined, type: '', date: '', body: '' };
      const outcome = outcomeOfFailure(answer, {}, 0);
      const { retry } = start();
      for (let time = 0; time < 3; time++) retry.decide({ lines: 1, bytes: 50 }, outcome);
      const before = retry.state;
      expect(before.backsOff).toBe(true);
      retry.decide(NONE, { kind: 'delivered' });
      expect(retry.state).toBe(before);
      retry.decide(LINES, { kind: 'delivered' });
      expect(retry.state).toMatchObject({ failures: 0, isUnproven: false });
    },
  );

  it('ends the half-open state, and not the count of failures, when an empty request is taken after lines were cut off', () => {
    const { retry } = start();
    const broken: Outcome = { kind: 'retryable', reason: 'ended', contactLost: true };
    for (let time = 0; time < 3; time++) retry.decide(LINES, broken);
    retry.end();
    retry.decide(NONE, { kind: 'delivered' });
    expect(retry.state).toMatchObject({ failures: 2, isHalfOpen: false });
    retry.decide(LINES, { kind: 'delivered' });
    expect(retry.state).toMatchObject({ failures: 0, isHalfOpen: false });
  });

  it('takes a server for reachable that has taken lines: not every sender tells of its connections', () => {
    const { retry } = start();
    retry.decide(LINES, UNREACHABLE);
    retry.decide(LINES, { kind: 'delivered' });
    expect(retry.isUnreachable).toBe(false);
  });
});
