import { describe, expect, it } from 'vitest';
import { decide, type RetryState } from '../../src/delivery/retry.ts';
import type { Outcome } from '../../src/senders/outcome.ts';
import { newState } from '../senders/learned.ts';

const START = newState(4096);
const ONE = { lines: 1, bytes: 100 };
const FEW = { lines: 10, bytes: 1000 };
const NONE = { lines: 0, bytes: 0 };
const DELIVERED = { kind: 'delivered' } as const;
const BUSY = { kind: 'retryable', reason: 'status 503' } as const;
const REFUSED = { kind: 'refused', reason: 'status 401' } as const;
const BAD = { kind: 'unacceptable', reason: 'status 400', drop: 'rejected' } as const;

function after(state: RetryState, sent: typeof ONE, outcome: Outcome, now = 0) {
  return decide(state, sent, outcome, now, 0);
}

/** The state after the same outcome so many times, each wait ended in between. */
function afterMany(times: number, outcome: Outcome): RetryState {
  let state = START;
  for (let time = 0; time < times; time++) state = after(state.endBackoff(), ONE, outcome).state;
  return state;
}

describe('decide', () => {
  it('ends the lines of a delivered request and forgets failures', () => {
    const { lines, state } = after(afterMany(3, BUSY).endBackoff(), FEW, DELIVERED);
    expect(lines).toBe('end');
    expect(state).toMatchObject({ failures: 0, isUnproven: false, refusals: 0 });
  });

  it('sends again at once after the first failure, and waits after the next', () => {
    const first = after(START, FEW, BUSY);
    expect([first.lines, first.state.backsOff]).toEqual(['give back', false]);
    const second = after(first.state, FEW, BUSY);
    expect(second.state).toMatchObject({ retryAt: 100, isUnproven: true, failures: 2 });
  });

  it('waits after the first failure already when no connection can be made, or the server asks for it', () => {
    const unreachable = { ...BUSY, unreachable: true };
    expect(after(START, NONE, unreachable).state.backsOff).toBe(true);
    expect(after(START, FEW, { ...BUSY, retryAfterMs: 500 }).state.retryAt).toBe(500);
  });

  it('counts what fails during a wait as the same failure, and extends the wait only if the server asks', () => {
    const { state } = after(START, FEW, { ...BUSY, retryAfterMs: 500 });
    const again = after(state, FEW, BUSY, 10);
    expect(again.startsOutage).toBe(false);
    expect(again.state).toMatchObject({ failures: 1, retryAt: 500 });
    expect(after(state, FEW, { ...BUSY, retryAfterMs: 900 }, 10).state.retryAt).toBe(910);
  });

  it('tries a server that has failed with a small request', () => {
    const most = 1024 * 1024;
    const first = after(newState(4 * most), FEW, BUSY).state;
    expect(first.requestBytes).toBe(most);
    const second = after(first, FEW, BUSY).state;
    expect(second.requestBytes).toBe(16 * 1024);
    expect(after(second, FEW, DELIVERED).state.requestBytes).toBe(most);
  });

  it('halves requests of many lines that are refused, without a wait', () => {
    const { lines, state } = after(START, FEW, BAD);
    expect(lines).toBe('give back');
    expect(state.requestBytes).toBe(500);
    expect(state.backsOff).toBe(false);
    expect(after(state, FEW, DELIVERED).state.requestBytes).toBe(1000);
  });

  it('never again sends as much as was too large', () => {
    const mib = 1024 * 1024;
    const tooLarge: Outcome = { kind: 'unacceptable', reason: 'status 413', drop: 'too_large' };
    const { state } = after(newState(32 * mib), { lines: 9, bytes: mib }, tooLarge);
    expect(state.requestBytes).toBe(mib / 2);
    expect(after(state, FEW, DELIVERED).state.requestBytes).toBe(mib / 2);
    // One long line among them says nothing about the others.
    expect(after(after(state, FEW, tooLarge).state, FEW, DELIVERED).state.requestBytes).toBe(1000);
  });

  it('sends little after a broken connection, and as much as before to a server that has said no', () => {
    const mib = 1024 * 1024;
    const start = newState(32 * mib);
    const broken: Outcome = { kind: 'retryable', reason: 'ECONNRESET', contactLost: true };
    expect(after(start, FEW, broken).state.batchBytes).toBe(16 * 1024);
    const busy: Outcome = { kind: 'retryable', reason: 'status 429', isAnswer: true };
    expect(after(start, FEW, busy).state.batchBytes).toBe(mib);
  });

  it('halves the request that tries a server again when its connection breaks, down to a line', () => {
    const broken: Outcome = { kind: 'retryable', reason: 'ECONNRESET', contactLost: true };
    const first = after(START, FEW, broken).state;
    const waiting = after(first, FEW, broken).state;
    expect(waiting.requestBytes).toBe(START.requestBytes);
    const { state } = after(waiting.endBackoff(), FEW, broken);
    expect(state.requestBytes).toBe(500);
    expect(after(state.endBackoff(), ONE, broken).state.requestBytes).toBe(500);
    expect(after(state.endBackoff(), FEW, DELIVERED).state.requestBytes).toBe(1000);
    // A limit of requests, for example.
    const answered: Outcome = { ...broken, reason: 'status 503', isAnswer: false };
    expect(after(waiting.endBackoff(), FEW, answered).state.requestBytes).toBe(START.requestBytes);
  });

  it('knows how requests with lines fail until lines are delivered', () => {
    const broken: Outcome = { kind: 'retryable', reason: 'ended', contactLost: true };
    const cut = after(START, FEW, broken).state;
    expect(cut.linesFail).toBe('broken');
    const refused = after(cut, FEW, { ...broken, reason: 'status 503', isAnswer: false }).state;
    expect(refused.linesFail).toBe(true);
    expect(after(refused, NONE, { ...BUSY, unreachable: true }).state.linesFail).toBe(true);
    expect(after(refused, NONE, DELIVERED).state).toBe(refused);
    expect(after(refused, FEW, DELIVERED).state.linesFail).toBe(false);
    expect(after(START, FEW, { ...BUSY, unreachable: true }).state.linesFail).toBe(false);
  });

  it('drops a single line at the fifth refusal', () => {
    let state = START;
    for (let time = 0; time < 4; time++) {
      const decision = after(state.endBackoff(), ONE, BAD);
      expect(decision.lines).toBe('give back');
      state = decision.state;
      expect(state.isHalfOpen).toBe(true);
    }
    expect(after(state.endBackoff(), ONE, BAD).lines).toBe('drop');
  });

  it('halves requests in which a refused line is no longer alone, so that it is found', () => {
    const alone = after(START, ONE, BAD).state.endBackoff();
    const { lines, state } = after(alone, FEW, BAD);
    expect(lines).toBe('give back');
    expect(state).toMatchObject({ requestBytes: 500, backsOff: false, refusals: 1 });
  });

  it('learns nothing from a request that we gave up ourselves', () => {
    expect(after(START, FEW, { kind: 'cancelled' })).toEqual({ lines: 'give back', state: START });
  });

  it('learns nothing about lines from the refusal of an empty request', () => {
    expect(after(START, NONE, BAD)).toEqual({ lines: 'give back', state: START });
  });

  it('asks a server that refuses everything less and less often', () => {
    expect(afterMany(1, REFUSED).retryAt).toBe(1_000);
    expect(afterMany(4, REFUSED).retryAt).toBe(8_000);
    expect(afterMany(20, REFUSED).retryAt).toBe(60_000);
  });
});
