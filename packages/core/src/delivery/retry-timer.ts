/** Owns the retry state: what the decisions of `retry` change, the timer of a wait, and whether the server can be reached. */
import { Alarm } from '../process/alarm.ts';
import type { Clock } from '../process/timers.ts';
import type { Outcome } from '../senders/outcome.ts';
import { RequestSize } from '../senders/request-rule.ts';
import { type Decision, decide, RetryState, type Sent } from './retry.ts';

export class RetryTimer {
  state: RetryState;
  /**
   * True from a failed attempt to connect until one succeeds, or is cut after it was accepted, or lines are delivered. A server that takes
   * connections may be busy or frozen.
   */
  isUnreachable = false;
  /** True when a failure was the last to happen, and shows that the server, or a proxy in its place, is there. */
  isBusy = false;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #alarm: Alarm;

  /** @param retry Called when a wait is over. */
  constructor(maxQueueBytes: number, clock: Clock, random: () => number, retry: () => void) {
    this.#clock = clock;
    this.#random = random;
    this.#alarm = new Alarm(clock, retry);
    this.state = new RetryState(new RequestSize(maxQueueBytes));
  }

  decide(sent: Sent, outcome: Outcome): Decision {
    const now = this.#clock.steady();
    const decision = decide(this.state, sent, outcome, now, this.#random());
    this.#change(decision.state);
    const { failure } = decision;
    // An empty request proves nothing while lines fail.
    if (outcome.kind === 'delivered' && !this.state.linesFail)
      this.isUnreachable = this.isBusy = false;
    if (failure) {
      this.isBusy = !!failure.isBusy;
      if (this.isBusy) this.isUnreachable = false;
      if (failure.unreachable) this.isUnreachable = true;
    }
    return decision;
  }

  /** The wait is over, or cut short. @param failures How many the next wait takes into account. Default: as many as there were. */
  end(failures: number = this.state.failures): void {
    this.#change(this.state.endBackoff().with({ failures }));
  }

  stop(): void {
    this.#alarm.stop();
  }

  #change(state: RetryState): void {
    const { retryAt } = this.state;
    this.state = state;
    if (state.retryAt === retryAt) return;
    this.#alarm.stop();
    if (state.backsOff) this.#alarm.set(state.retryAt);
  }
}
