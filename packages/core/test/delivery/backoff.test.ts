import { describe, expect, it } from 'vitest';
import { Backoff } from '../../src/delivery/backoff.ts';
import type { Outcome } from '../../src/senders/outcome.ts';
import { ManualClock } from '../manual-clock.ts';

const LINES = { lines: 2, bytes: 100 };
const UNREACHABLE: Outcome = { kind: 'retryable', reason: 'ECONNREFUSED', unreachable: true };
const DELIVERED: Outcome = { kind: 'delivered' };

function start() {
  const clock = new ManualClock();
  let retries = 0;
  const backoff = new Backoff(
    1024,
    clock,
    () => 0,
    () => retries++,
  );
  return { clock, backoff, retries: () => retries };
}

describe('Backoff', () => {
  it('retries once when the wait after a failure is over', () => {
    const { clock, backoff, retries } = start();
    expect(backoff.decide(LINES, UNREACHABLE)).toMatchObject({ lines: 'give back' });
    expect(backoff.state.isBackingOff).toBe(true);
    const wait = backoff.state.retryAt - clock.now;
    clock.advance(wait - 1);
    expect(retries()).toBe(0);
    clock.advance(1);
    expect(retries()).toBe(1);
    clock.advance(wait * 10);
    expect(retries()).toBe(1);
  });

  it('does not keep the process alive', () => {
    const { clock, backoff } = start();
    backoff.decide(LINES, UNREACHABLE);
    expect([clock.pending, clock.holding]).toEqual([1, 0]);
  });

  it.each<[string, (backoff: Backoff) => unknown]>([
    ['cut short', (backoff) => backoff.end()],
    ['stopped', (backoff) => backoff.stop()],
  ])('does not retry after a wait that was %s', (_, act) => {
    const { clock, backoff, retries } = start();
    backoff.decide(LINES, UNREACHABLE);
    act(backoff);
    clock.advance(100_000);
    expect([retries(), clock.pending]).toEqual([0, 0]);
  });

  it('takes the server for down from the failure until it delivers', () => {
    const { backoff } = start();
    expect(backoff.isDown).toBe(false);
    backoff.decide(LINES, UNREACHABLE);
    expect(backoff.isDown).toBe(true);
    backoff.end();
    expect(backoff.isDown).toBe(true);
    backoff.decide(LINES, DELIVERED);
    expect(backoff.isDown).toBe(false);
  });

  it('takes a server that could not be reached for back when a connection is made', () => {
    const { backoff } = start();
    backoff.decide(LINES, UNREACHABLE);
    backoff.connected();
    expect(backoff.isDown).toBe(false);
    backoff.decide(LINES, UNREACHABLE);
    expect(backoff.isDown).toBe(true);
  });

  it('learns nothing from a connection to a server that refuses', () => {
    const { backoff } = start();
    backoff.decide(LINES, { kind: 'refused', reason: 'status 401' });
    backoff.connected();
    expect(backoff.isDown).toBe(true);
  });
});
