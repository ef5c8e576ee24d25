/** The sender in use, and how another one takes its place. */
import { afterThisRun, type Clock } from '../process/timers.ts';
import type { Sender } from '../senders/sender.ts';

/**
 * One way to replace a sender serves all three reasons: it was left in the middle of something by a full stack, it cannot work on
 * this platform, its connections are dead.
 */
export class CurrentSender {
  sender: Sender;
  /** True while one is closed: what it gives back is nobody's failure. */
  isClosing = false;
  /** True when it was closed, or left in the middle of something. */
  isGone = false;
  readonly #make: () => Sender;
  readonly #clock: Clock;

  constructor(make: () => Sender, clock: Clock) {
    this.#make = make;
    this.#clock = clock;
    this.sender = make();
  }

  /** The stack is at its end, or the sender is of no use any more: the next one comes when there is room for it. */
  replaceLater(): void {
    this.isGone = true;
    try {
      afterThisRun(() => this.replaceIfGone());
    } catch {
      // The stack is still at its end: the next line, flush or alarm does it.
    }
  }

  replaceIfGone(): void {
    if (this.isGone) this.replace();
  }

  /** What was under way goes again, through another sender. */
  replace(make: () => Sender = this.#make): void {
    this.isGone = false;
    this.close();
    this.sender = make();
    this.sender.pump(this.#clock.steady());
  }

  /** Gives back what is under way. */
  close(): void {
    this.isClosing = true;
    this.sender.close();
    this.isClosing = false;
  }
}
