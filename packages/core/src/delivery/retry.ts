/** Decides what happens to the lines of a request, and when the next request may start. Pure. */
import type { Failure, Outcome } from '../senders/outcome.ts';

/** What is remembered from one outcome to the next. */
export interface RetryState {
  /** Failures in a row. Failures of requests that were under way together count as one. */
  readonly failures: number;
  /** When the first of these failures happened, in milliseconds of the steady clock. */
  readonly failingSince: number;
  /** Nothing is sent before this moment of the steady clock. */
  readonly heldUntil: number;
  /** True from the start of a wait until the server takes a request. Meanwhile only one is under way. */
  readonly onTrial: boolean;
  /** How often a single line was refused while nothing else was accepted. */
  readonly refusals: number;
  /** Bytes that one request may hold. Halved when a request of several lines is refused. */
  readonly requestBytes: number;
}

/** The lines of one request. */
export interface Sent {
  readonly lines: number;
  readonly bytes: number;
}

/** What to do next. */
export interface Decision {
  /** `end`: the server has them. `give back`: they are sent again. `drop`: the single line is given up. */
  readonly lines: 'end' | 'give back' | 'drop';
  readonly state: RetryState;
  /** What has failed, if anything. */
  readonly failure?: Failure;
  /** True for a failure that is not part of an earlier one. */
  readonly isNews: boolean;
}

/** The value of `heldUntil` when nothing is held. */
const NEVER = Number.NEGATIVE_INFINITY;
/** A single line is given up only at every fifth refusal, after about ten seconds: the fault may be the server's. */
const REFUSALS_BEFORE_DROP = 5;
const TRIAL_BYTES = 16 * 1024;
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 5_000;
/** A server that refuses everything (credentials, path) is asked again, but rarely. */
const FIRST_REFUSED_WAIT_MS = 1_000;
const LONGEST_REFUSED_WAIT_MS = 60_000;

/** The state before the first request. */
export function firstState(requestBytes: number): RetryState {
  return {
    failures: 0,
    failingSince: 0,
    heldUntil: NEVER,
    onTrial: false,
    refusals: 0,
    requestBytes,
  };
}

/** Whether at most one request may be under way. Otherwise refusals on several connections would count several times. */
export function isOnTrial({ onTrial, refusals }: RetryState): boolean {
  return onTrial || refusals > 0;
}

/** Bytes that the next request may hold. On trial these are few: each time an answer is lost, all its lines are stored again. */
export function bytesOfRequest({ onTrial, requestBytes }: RetryState): number {
  return onTrial ? Math.min(TRIAL_BYTES, requestBytes) : requestBytes;
}

/** Whether nothing may be sent now. */
export function isHeld({ heldUntil }: RetryState): boolean {
  return heldUntil !== NEVER;
}

/** The wait is over, or cut short. */
export function released(state: RetryState): RetryState {
  return { ...state, heldUntil: NEVER };
}

/**
 * Decides after a request or an attempt to connect.
 * @param sent No lines: the request was empty, or there was none.
 * @param random From 0 to 1, so that many processes do not retry at the same moment.
 * @param mostBytes Upper limit of the bytes in one request.
 */
export function decide(
  state: RetryState,
  sent: Sent,
  outcome: Outcome,
  now: number,
  random: number,
  mostBytes: number,
): Decision {
  if (outcome.kind === 'delivered') return acknowledged(state, sent, mostBytes);
  if (outcome.kind !== 'unacceptable') return failed(state, outcome, now, random);
  // The refusal of an empty request says nothing about lines.
  if (sent.lines === 0) return { lines: 'end', state, isNews: false };
  if (sent.lines > 1 && state.refusals === 0) {
    // Half of the smaller of the two: the last line can make a request larger than allowed.
    const half = Math.floor(Math.min(state.requestBytes, sent.bytes) / 2);
    const requestBytes = Math.max(1, half);
    return { lines: 'give back', state: { ...state, requestBytes }, isNews: false };
  }
  // If several single lines were under way together, only one of their refusals counts.
  const counts = sent.lines === 1 && !isHeld(state);
  const refusals = state.refusals + (counts ? 1 : 0);
  if (counts && refusals % REFUSALS_BEFORE_DROP === 0) {
    return { lines: 'drop', state: { ...state, refusals }, isNews: false };
  }
  const refused = { kind: 'refused', reason: outcome.reason } as const;
  return failed({ ...state, refusals }, refused, now, random);
}

function acknowledged(state: RetryState, sent: Sent, mostBytes: number): Decision {
  // An accepted empty request must not reset the count of refusals.
  if (sent.lines === 0 && state.refusals > 0) return { lines: 'end', state, isNews: false };
  const { heldUntil } = state;
  const next = { ...state, failures: 0, onTrial: false, heldUntil };
  if (sent.lines === 0) return { lines: 'end', state: next, isNews: false };
  const requestBytes = Math.min(mostBytes, state.requestBytes * 2);
  return { lines: 'end', state: { ...next, refusals: 0, requestBytes }, isNews: false };
}

function failed(state: RetryState, outcome: Failure, now: number, random: number): Decision {
  const isNews = !isHeld(state);
  const isFirst = state.failures === 0;
  const failures = isNews ? state.failures + 1 : state.failures;
  const failingSince = isNews && isFirst ? now : state.failingSince;
  const next = { ...state, failures, failingSince };
  const until = now + waitBeforeRetry(failures, outcome, random);
  const isAsked = outcome.kind === 'retryable' && outcome.retryAfterMs !== undefined;
  // A connection that breaks was usually idle for long, so another one is tried at once.
  const goesAtOnce = isFirst && outcome.kind === 'retryable' && !isAsked && !outcome.unreachable;
  const holds = isNews ? !goesAtOnce : isAsked && until > state.heldUntil;
  const held = holds ? { ...next, heldUntil: until, onTrial: true } : next;
  return { lines: 'give back', state: held, failure: outcome, isNews };
}

/**
 * The wait before the next attempt, in milliseconds: doubled with each failure in a row, less a random part of up to one half.
 * A server can ask for a longer wait, but not for a shorter one: its clock may be wrong.
 */
export function waitBeforeRetry(failures: number, outcome: Failure, random: number): number {
  const [first, longest] =
    outcome.kind === 'retryable'
      ? [FIRST_WAIT_MS, LONGEST_WAIT_MS]
      : [FIRST_REFUSED_WAIT_MS, LONGEST_REFUSED_WAIT_MS];
  const doubled = Math.min(first * 2 ** Math.min(Math.max(failures, 1) - 1, 20), longest);
  const ours = Math.round(doubled * (1 - random / 2));
  const asked = outcome.kind === 'retryable' ? (outcome.retryAfterMs ?? 0) : 0;
  return Math.max(ours, asked);
}
