/** The sender in use, and its replacement by another one. */
import { afterThisRun, type Clock } from '../process/timers.ts';
import type { Sender } from '../senders/sender.ts';

/** A sender is replaced in the same way for both reasons: a full stack interrupted it, or it cannot work on this platform. */
export class CurrentSender {
  sender: Sender;
  /** True when the sender was closed, or was interrupted. */
  isGone = false;
  readonly #make: () => Sender;
  readonly #clock: Clock;

  constructor(make: () => Sender, clock: Clock) {
    this.#make = make;
    this.#clock = clock;
    this.sender = make();
  }

  /** The stack is full, or the sender is of no use any more. The next one is made when the stack has room again. */
  replaceLater(): void {
    this.isGone = true;
    try {
      afterThisRun(() => this.replaceIfGone());
    } catch {
      // The stack is still full: the next line, flush or alarm replaces it.
    }
  }

  replaceIfGone(): void {
    if (this.isGone) this.replace();
  }

  /** What was in flight is sent again, through another sender. */
  replace(make: () => Sender = this.#make): void {
    this.sender.close();
    this.sender = make();
    this.isGone = false;
    this.sender.pump(this.#clock.steady());
  }
}
