/** Reads lines back from the spool, one file at a time, while there is room and the server takes them. @lazy spool */
import { Alarm } from '../process/alarm.ts';
import type { Clock } from '../process/timers.ts';
import { IMPORTANCE } from '../senders/block.ts';
import type { CurrentSender } from './current-sender.ts';
import type { Drops } from './drops.ts';
import type { Queue } from './queue.ts';
import type { RetryTimer } from './retry-timer.ts';
import type { Spool } from './spool.ts';

interface Parts {
  readonly spool: Spool;
  readonly queue: Queue;
  readonly drops: Drops;
  readonly current: CurrentSender;
  readonly retry: RetryTimer;
  readonly clock: Clock;
}

const PAUSE_MS = 2;
/** The same when there is no room for a file. */
const FULL_PAUSE_MS = 50;
/** Other threads and processes may end, and leave their lines, at any time. */
const LOOK_EVERY_MS = 20_000;

/** Files of this process, and of those that have ended. */
export class ReadBack {
  /** How many were read. */
  files = 0;
  readonly #parts: Parts;
  readonly #alarm: Alarm;
  #isStopped = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#alarm = new Alarm(parts.clock, () => {
      if (!parts.retry.state.backsOff && this.next()) this.soon();
      else this.#after(LOOK_EVERY_MS);
    });
    this.#after(LOOK_EVERY_MS);
  }

  soon(): void {
    this.#after(this.#parts.queue.isHalfFull ? FULL_PAUSE_MS : PAUSE_MS);
  }

  stop(): void {
    this.#isStopped = true;
    this.#alarm.stop();
  }

  /** Reads one file. False when there is none. */
  next(): boolean {
    const { spool, queue, drops, current, clock } = this.#parts;
    // Without room, the file and the caller wait for answers.
    current.replaceIfGone();
    if (queue.isHalfFull) {
      current.sender.pump(clock.steady(), 'flush');
      return true;
    }
    const now = clock.wall();
    spool.adopt(now);
    const back = spool.readBack(now);
    if (back === undefined) {
      if (spool.retention.isWanted) void this.#learnRetention();
      return false;
    }
    this.files++;
    if (back.truncated > 0) drops.add('truncated', back.truncated);
    for (const { line, tag } of back.lines) queue.append(line, IMPORTANCE.important, tag);
    current.sender.pump(clock.steady());
    return true;
  }

  #after(ms: number): void {
    if (!this.#isStopped) this.#alarm.set(this.#parts.clock.steady() + ms);
  }

  async #learnRetention(): Promise<void> {
    const { retention } = this.#parts.spool;
    await retention.learn();
    if (!retention.isWanted) this.soon();
  }
}
