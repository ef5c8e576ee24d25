/** A flush that blocks the thread: in `exit` listeners the event loop does not run. */
import { pause } from '../process/timers.ts';

/** What the flush does and asks, in a process that is perhaps about to end. */
export interface FlushSteps {
  now(): number;
  /** Unsettled lines. */
  pending(): number;
  /** Lines that are under way. */
  inFlight(): number;
  /** Lines delivered so far. */
  delivered(): number;
  /** Whether the last attempts have failed. */
  isDown(): boolean;
  isHeld(): boolean;
  /** Ends a wait before its time. */
  release(): void;
  /** Makes progress: see `Sender.pumpSync`. */
  pump(now: number): boolean | undefined;
  /** Gives back what is under way, and sends it again over new connections. */
  renew(): void;
  /** Sends the rest from a thread. Blocks for at most this long. */
  sendInThread(limits: { readonly connectMs: number; readonly timeoutMs: number }): void;
}

/** Longest wait for an answer from, or a new connection to, a server that is known to be down. */
const LAST_TRY_MS = 500;
/** How often a flush goes on after a failure. */
const MOST_LAST_TRIES = 2;

/** Blocks until nothing is pending, waiting is of no use, or the time is up. */
export function flushSync(steps: FlushSteps, timeoutMs: number): void {
  const attempt = new Attempt(steps, timeoutMs);
  while (steps.pending() > 0 && attempt.mayGoOn()) {
    attempt.renewIfQuiet();
    const moved = steps.pump(attempt.now);
    if (moved === undefined) {
      const { leftMs, patienceMs } = attempt;
      steps.sendInThread({ connectMs: Math.min(leftMs, patienceMs), timeoutMs: leftMs });
      return;
    }
    if (!moved) pause(1);
  }
}

/** How long it is worth waiting. */
class Attempt {
  now: number;
  /** How long the server gets in all. */
  patienceMs: number;
  readonly #steps: FlushSteps;
  readonly #start: number;
  readonly #timeoutMs: number;
  #delivered: number;
  #quietSince: number;
  #isRenewed = false;
  #tries = 0;

  constructor(steps: FlushSteps, timeoutMs: number) {
    this.#steps = steps;
    this.#timeoutMs = timeoutMs;
    this.#start = steps.now();
    this.now = this.#start;
    this.#quietSince = this.#start;
    this.#delivered = steps.delivered();
    this.patienceMs = timeoutMs;
  }

  get leftMs(): number {
    return this.#start + this.#timeoutMs - this.now;
  }

  /** False when the time is up, or too many last tries have failed. */
  mayGoOn(): boolean {
    this.now = this.#steps.now();
    if (!this.#isRenewed) {
      const isDown = this.#steps.isDown();
      this.patienceMs = isDown ? Math.min(this.#timeoutMs, LAST_TRY_MS) : this.#timeoutMs;
    }
    // Negated so that a time that is not a number does not block for ever.
    if (!(this.now < this.#start + this.patienceMs)) return false;
    return !this.#steps.isHeld() || this.#tries++ < MOST_LAST_TRIES;
  }

  /** Connections can be dead without a sign, for example after the process was frozen. Half of the time is for new ones. */
  renewIfQuiet(): void {
    const delivered = this.#steps.delivered();
    if (delivered !== this.#delivered) this.#quietSince = this.now;
    this.#delivered = delivered;
    const isQuiet = this.now >= this.#quietSince + this.patienceMs / 2;
    if (!this.#isRenewed && isQuiet && this.#steps.inFlight() > 0) {
      this.#isRenewed = true;
      this.#steps.renew();
      this.#steps.release();
    }
    if (this.#steps.isHeld()) this.#steps.release();
  }
}
