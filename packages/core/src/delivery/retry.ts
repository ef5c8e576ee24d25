/** Decides what happens to the lines of a request, and whether the next one waits; `backoff` says how long. Pure. */
import { type Failure, isTooLarge, type Outcome } from '../senders/outcome.ts';
import { FEW_BYTES, type RequestSize } from '../senders/request-rule.ts';
import type { Limits } from '../senders/sender.ts';
import { waitBeforeRetry } from './backoff.ts';

export interface Sent {
  readonly lines: number;
  readonly bytes: number;
  /** True when no other lines are pending. */
  readonly isLast?: boolean;
}

export interface Decision {
  /** `end`: the server has them. `give back`: they are sent again. `drop`: the single line is given up. */
  readonly lines: 'end' | 'give back' | 'drop';
  readonly state: RetryState;
  readonly failure?: Failure;
  /** True for a failure that is not part of an earlier one. */
  readonly startsOutage?: boolean;
}

/** The value of `retryAt` outside a wait. */
const NEVER = Number.NEGATIVE_INFINITY;
/** A single line is given up only at every fifth refusal, after about ten seconds: the fault may be the server's. */
const REFUSALS_BEFORE_DROP = 5;

/** What is remembered from one outcome to the next. */
export class RetryState implements Limits {
  /** Failures in a row. Failures of requests that were in flight together count as one. */
  readonly failures: number = 0;
  /** When the first of these failures happened, in milliseconds of the steady clock. */
  readonly failingSince: number = 0;
  /** Nothing is sent before this moment of the steady clock. */
  readonly retryAt: number = NEVER;
  /** True from the start of a wait until the server takes a request. */
  readonly isUnproven: boolean = false;
  /** How often a single line was refused while nothing else was accepted. */
  readonly refusals: number = 0;
  /** Set from the failure of a request with lines until lines are delivered: true after an answer, `broken` without one. */
  readonly linesFail: boolean | 'broken' = false;
  readonly size: RequestSize;
  readonly requestBytes: number;
  readonly batchBytes: number;
  readonly bytesAtOnce: number;
  readonly backsOff: boolean;
  /** Refusals of single lines on several connections would count several times. */
  readonly isHalfOpen: boolean;

  constructor(size: RequestSize, changes: Partial<RetryState> = {}) {
    Object.assign(this, changes);
    this.size = size;
    // Every line asks for these, so they are not getters.
    this.requestBytes = this.isUnproven
      ? Math.min(FEW_BYTES, size.acceptedBytes)
      : size.acceptedBytes;
    this.batchBytes = Math.min(this.requestBytes, size.batchBytes);
    this.bytesAtOnce = size.bytesAtOnce;
    this.backsOff = this.retryAt !== NEVER;
    this.isHalfOpen = this.isUnproven || this.refusals > 0;
  }

  /** The wait is over, or cut short. */
  endBackoff(): RetryState {
    return this.with({ retryAt: NEVER });
  }

  with(changes: Partial<RetryState>): RetryState {
    return new RetryState(changes.size ?? this.size, { ...this, ...changes });
  }
}

/**
 * Decides after a request or an attempt to connect.
 * @param sent No lines: the request was empty, or there was none.
 * @param random From 0 to 1, so that many processes do not retry at the same moment.
 */
export function decide(
  state: RetryState,
  sent: Sent,
  outcome: Outcome,
  now: number,
  random: number,
): Decision {
  if (outcome.kind === 'cancelled') return { lines: 'give back', state };
  if (outcome.kind === 'delivered') return acknowledged(state, sent, outcome.tookMs);
  // Perhaps something on the way cuts off what is longer. An answer, other than 413, says nothing of that.
  const isCut =
    outcome.kind === 'retryable' &&
    outcome.contactLost &&
    outcome.isAnswer === undefined &&
    state.isUnproven;
  const isTooMuch = sent.lines > 1 && (isCut || outcome.kind === 'unacceptable');
  // The smaller of the two: the last line can make a request larger than allowed.
  const bytes = Math.min(state.requestBytes, sent.bytes);
  const smaller = () => state.size.afterRefusal(bytes, isTooLarge(outcome));
  const after = isTooMuch ? state.with({ size: smaller() }) : state;
  if (outcome.kind !== 'unacceptable') return failed(after, sent, outcome, now, random);
  // The refusal of an empty request says nothing about lines.
  if (isTooMuch || sent.lines === 0) return { lines: 'give back', state: after };
  // If several single lines were in flight together, only one of their refusals counts.
  const counts = sent.lines === 1 && !state.backsOff;
  const next = state.with({ refusals: state.refusals + (counts ? 1 : 0) });
  if (counts && next.refusals % REFUSALS_BEFORE_DROP === 0) return { lines: 'drop', state: next };
  return failed(next, sent, { kind: 'refused', reason: outcome.reason }, now, random);
}

function acknowledged(
  state: RetryState,
  { lines, bytes, isLast }: Sent,
  tookMs?: number,
): Decision {
  const { linesFail } = state;
  const isEmpty = lines === 0;
  // Whoever refuses lines, or cuts them off, may still accept an empty request. After a refusal that proves nothing.
  if (isEmpty && linesFail)
    return {
      lines: 'end',
      state: linesFail === 'broken' ? state.with({ isUnproven: false }) : state,
    };
  const size = tookMs === undefined ? state.size : state.size.afterAnswer(bytes, tookMs, isLast);
  const changes = isEmpty ? { size } : { size: size.afterLines(), refusals: 0, linesFail: false };
  return { lines: 'end', state: state.with({ failures: 0, isUnproven: false, ...changes }) };
}

function failed(
  state: RetryState,
  { lines }: Sent,
  failure: Failure,
  now: number,
  random: number,
): Decision {
  const startsOutage = !state.backsOff;
  const isFirst = state.failures === 0;
  const failures = startsOutage ? state.failures + 1 : state.failures;
  const failingSince = startsOutage && isFirst ? now : state.failingSince;
  const isRetryable = failure.kind === 'retryable';
  const size =
    isRetryable && !failure.isAnswer
      ? state.size.afterFailure(failure.isInDoubt || failure.unreachable, failure.silentBytes)
      : state.size;
  const linesFail =
    lines === 0 || failure.unreachable
      ? state.linesFail
      : !isRetryable || failure.isAnswer !== undefined || 'broken';
  const next = state.with({ failures, failingSince, size, linesFail });
  const retryAt = now + waitBeforeRetry(failures, failure, random);
  const serverSetDelay = isRetryable && failure.retryAfterMs !== undefined;
  // A connection that breaks was usually idle for long, so another one is tried at once.
  const retriesImmediately = isFirst && isRetryable && !serverSetDelay && !failure.unreachable;
  const waits = startsOutage ? !retriesImmediately : serverSetDelay && retryAt > state.retryAt;
  const after = waits ? next.with({ retryAt, isUnproven: true }) : next;
  return { lines: 'give back', state: after, failure, startsOutage };
}
