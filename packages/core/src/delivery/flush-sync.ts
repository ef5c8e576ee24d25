/** A flush that blocks the thread: in `exit` listeners no event loop turns. */

/** What the flush does and asks, in a process that may be about to end. */
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
  /** Sends the rest from a thread: blocks for so long. */
  sendInThread(limits: { readonly connectMs: number; readonly timeoutMs: number }): void;
}

/** Longest wait for a server that is known to be down: for its answer, or for a new connection to it. */
const LAST_TRY_MS = 500;
/** Attempts that a failure may end. */
const MOST_LAST_TRIES = 2;

/** Blocks until nothing is pending, nothing helps any more, or the time is up. */
export function flushSync(steps: FlushSteps, timeoutMs: number): void {
  const start = steps.now();
  let patienceMs = timeoutMs;
  let delivered = steps.delivered();
  let quietSince = start;
  let isRenewed = false;
  for (let tries = 0; steps.pending() > 0; ) {
    const now = steps.now();
    if (!isRenewed) patienceMs = steps.isDown() ? Math.min(timeoutMs, LAST_TRY_MS) : timeoutMs;
    // The negation: a time that is no number must not block for ever.
    if (!(now < start + patienceMs)) return;
    if (steps.delivered() !== delivered) {
      delivered = steps.delivered();
      quietSince = now;
    }
    // The connections may be dead without a sign, as behind a process that was frozen: the rest of the time is for new ones.
    if (!isRenewed && steps.inFlight() > 0 && now >= quietSince + patienceMs / 2) {
      isRenewed = true;
      steps.renew();
      steps.release();
    }
    if (steps.isHeld()) {
      if (++tries > MOST_LAST_TRIES) return;
      steps.release();
    }
    const moved = steps.pump(now);
    if (moved === undefined) {
      const leftMs = start + timeoutMs - now;
      steps.sendInThread({ connectMs: Math.min(leftMs, patienceMs), timeoutMs: leftMs });
      return;
    }
    if (!moved) pause(1);
  }
}

const lock = new Int32Array(new SharedArrayBuffer(4));

function pause(ms: number): void {
  Atomics.wait(lock, 0, 0, ms);
}
