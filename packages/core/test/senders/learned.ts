/** What a delivery learns from outcomes about the size of requests. It never waits. */
import { decide, RetryState } from '../../src/delivery/retry.ts';
import { type BlockRange, bytesIn, linesIn } from '../../src/senders/block.ts';
import type { Outcome } from '../../src/senders/outcome.ts';
import { RequestSize } from '../../src/senders/request-rule.ts';

export function newState(maxQueueBytes: number): RetryState {
  return new RetryState(new RequestSize(maxQueueBytes));
}

export function learned(
  state: RetryState,
  ranges: readonly BlockRange[],
  outcome: Outcome,
): RetryState {
  const sent = { lines: linesIn(ranges), bytes: bytesIn(ranges) };
  return new RetryState(decide(state, sent, outcome, 0, 0).state.size);
}
