/** Waits for the lines of worker threads when the process ends: in shared memory, each thread notes what it holds. @lazy threads */
import type { Worker } from 'node:worker_threads';
import { attempt } from './guard.ts';
import { watchCalls } from './replace-method.ts';
import { afterThisRun, pause, steadyClock } from './timers.ts';

/** Numbers of lines that nobody has acknowledged: `unsent` are those of which nothing has left the process. */
export type Held = Readonly<Record<'lines' | 'unsent', number>>;

/** A transport in a thread. */
export interface Holder {
  /** What it holds, without what is in its spool. */
  readonly held: Held;
  /** Lines that the kernel has not taken. */
  readonly untaken: number;
  /** Lines that are not acknowledged, and those of them that no connection has. */
  readonly queue: Held;
  /** If there is one, it has nearly every line. */
  readonly spool?: object | undefined;
  /** What it knows of its server. */
  readonly retry: Readonly<Record<'isUnreachable', boolean>>;
  /** Takes a line. */
  append(line: never, level: number): void;
}

/** What a thread tells the threads that it starts. */
export interface ThreadMemory {
  /** Where all note what they hold. */
  readonly words: Int32Array;
  /** The id of the thread that tells it. */
  readonly starter: number;
}

/** What the end may still wait. */
export interface EndTime {
  /** Waits for at most what is left, and takes off what was waited. */
  spend(wait: (leftMs: number) => void): void;
}

/** The words of one transport: its thread, the thread that started that one, and what has become of its lines. */
const [OWNER, STARTER, WRITTEN, SETTLED, UNTAKEN, UNSENT, STATE, WORDS] = [0, 1, 2, 3, 4, 5, 6, 7];
/** `FLUSHING` needs no event loop. `OVER`: the thread has reported what is left. */
const [REACHABLE, UNREACHABLE, FLUSHING, OVER] = [0, 1, 2, 3];
/** Limit of transports in threads at a time. The end of the process does not wait for further ones. */
const PLACES = 256;
/** A thread whose event loop was not idle for this long is taken to read no answer: it is busy, or blocked, as one of a pool may be. */
const BLOCKED_MS = 20;
/** Longest wait for what such a thread has not sent, for one that has just been idle, and for a server that cannot be reached. */
const LAST_TRY_MS = 500;
const NOTHING: Held = { lines: 0, unsent: 0 };

/** What this thread knows of the lines that others hold. */
export class ThreadLines {
  /** For the threads that this one starts. */
  readonly memory: ThreadMemory;
  /** Undefined in the main thread. */
  readonly #above: ThreadMemory | undefined;
  readonly #places: Int32Array[] = [];
  /** Weak: one that has ended must not keep alive what listens to it. */
  readonly #started = new Map<number, WeakRef<Worker>>();
  #time: EndTime | undefined;
  #left = NOTHING;

  /** @param above Handed over by the thread that started this one; undefined in the main thread. */
  constructor(above?: ThreadMemory, id = process.getBuiltinModule('node:worker_threads').threadId) {
    const words = above?.words ?? new Int32Array(new SharedArrayBuffer(PLACES * WORDS * 4));
    const placeAt = (at: number): Int32Array => words.subarray(at * WORDS, (at + 1) * WORDS);
    this.memory = { words, starter: id };
    this.#above = above;
    for (let at = 0; at < PLACES; at++) this.#places.push(placeAt(at));
    // The first place counts what terminated threads have lost.
    if (above === undefined) placeAt(0).set([-1, 0, 0, 0, 0, 0, OVER]);
  }

  /** From here on, the other threads know what this transport holds. Not needed for transports of the main thread. */
  follow(holder: Holder): void {
    const isFree = (one: Int32Array): boolean =>
      Atomics.compareExchange(one, OWNER, 0, this.memory.starter) === 0;
    const place = this.#above && this.#places.find(isFree);
    if (place === undefined) return;
    place[STARTER] = this.#above?.starter ?? 0;
    let isFlushing = false;
    /** True once the thread has reported what is left. Closing the sender and the end of the thread change nothing any more. */
    let isOver = false;
    /** Lines that were written since `follow`. */
    let written = 0;
    /** An answer may come while a line is appended. */
    let isNoted = false;
    const put = ({ lines, unsent }: Held): void => {
      isNoted = true;
      if (isOver) return;
      const state = holder.retry.isUnreachable ? UNREACHABLE : REACHABLE;
      const words = [written, written - lines, holder.untaken, unsent];
      place.set([...words, isFlushing ? FLUSHING : state], WRITTEN);
    };
    const note = (): void => put(holder.held);
    const append = holder.append.bind(holder);
    holder.append = (line, level) => {
      isNoted = false;
      written++;
      append(line, level);
      if (holder.spool !== undefined) return;
      // Each line pays for this. `held` would look at every block of the queue.
      if (!isNoted && holder.queue.unsent + get(place, UNTAKEN) === 0)
        Atomics.add(place, WRITTEN, 1);
      else {
        const unsent = Math.min(holder.untaken, get(place, UNSENT) + 1);
        put({ lines: holder.queue.lines, unsent });
      }
    };
    // After these calls, waiting lines may have been sent.
    for (const name of ['settle', 'connection']) {
      watchCalls(holder, name, () => () => {
        note();
        if (get(place, UNTAKEN) > 0) afterThisRun(note);
      });
    }
    watchCalls(holder, 'flushSync', () => {
      isFlushing = true;
      note();
      return () => {
        isFlushing = false;
        note();
      };
    });
    watchCalls(holder, 'reportLoss', () => {
      note();
      place[STATE] = OVER;
      isOver = true;
    });
    // Whoever closes the transport reports what is left.
    watchCalls(holder, 'endSpool', () => {
      put(NOTHING);
      isOver = true;
    });
  }

  /** This thread has started another one. */
  started(worker: Worker): void {
    this.#forgetEnded();
    this.#started.set(worker.threadId, new WeakRef(worker));
  }

  /**
   * Blocks until what the threads below this one have logged so far is delivered, or waiting is of no use.
   * @returns What they hold then, for the report of the main thread. A second call for the same end returns it without another wait.
   */
  wait(time: EndTime): Held {
    if (time !== this.#time) {
      this.#time = time;
      attempt(() => time.spend((leftMs) => this.#wait(leftMs)));
    }
    return this.#above === undefined ? this.#left : NOTHING;
  }

  #wait(timeoutMs: number): void {
    this.#forgetEnded();
    const start = steadyClock();
    const { starter: own } = this.memory;
    const looks = this.#places
      .filter((place) => this.#above === undefined || get(place, STARTER) === own)
      .map((place) => watch(place, start, this.#started.get(get(place, OWNER))?.deref()));
    for (let now = start; ; now = steadyClock()) {
      const all = looks.map((look) => look(now));
      // Negated so that a time that is not a number does not block forever.
      if (!(all.some(({ isWorthIt }) => isWorthIt) && now < start + timeoutMs)) {
        const sum = (name: keyof Held) => all.reduce((total, one) => total + one[name], 0);
        this.#left = { lines: sum('lines'), unsent: sum('unsent') };
        return;
      }
      pause(1);
    }
  }

  #forgetEnded(): void {
    for (const [id, worker] of this.#started) {
      if ((worker.deref()?.threadId ?? 0) > 0) continue;
      this.#started.delete(id);
      this.#forget(id);
    }
  }

  /** A thread has ended: what it has reported is here. A terminated one has reported nothing, but the kernel sends what it has of it. */
  #forget(id: number): void {
    const [gone] = this.#places as [Int32Array];
    for (const place of this.#places) {
      if (get(place, STARTER) === id) this.#forget(get(place, OWNER));
      if (get(place, OWNER) !== id) continue;
      const { lines, unsent } = left(place, get(place, WRITTEN), false);
      if (get(place, STATE) !== OVER) {
        for (const word of [WRITTEN, UNTAKEN]) Atomics.add(gone, word, lines);
        Atomics.add(gone, UNSENT, unsent);
      }
      place.fill(0, STARTER);
      Atomics.store(place, OWNER, 0);
    }
  }
}

/** Waits for what a transport has now, and counts all that it holds. @param worker Undefined for one that another thread has started. */
function watch(place: Int32Array, start: number, worker: Worker | undefined) {
  const mark = get(place, WRITTEN);
  let idleMs = -1;
  let idleAt = start;
  return (now: number): Held & { readonly isWorthIt: boolean } => {
    const state = get(place, STATE);
    const { idle } = worker?.performance?.eventLoopUtilization() ?? { idle: 0 };
    if (idle > idleMs) idleAt = now;
    idleMs = idle;
    // On a busy machine, a thread that has just been idle may have to wait for a processor.
    const patienceMs = idleAt > start ? LAST_TRY_MS : BLOCKED_MS;
    const readsAnswers = state >= FLUSHING || now < idleAt + patienceMs;
    const { lines: late } = left(place, mark, readsAnswers);
    const { lines, unsent } = left(place, get(place, WRITTEN), readsAnswers);
    const isHopeful = (readsAnswers && state !== UNREACHABLE) || now < start + LAST_TRY_MS;
    const isWorthIt = late > 0 && lines > 0 && state !== OVER && isHopeful;
    // The server has acknowledged what was waited for, so it also stores what the kernel has got since.
    return { lines: late > 0 ? lines : unsent, unsent, isWorthIt };
  };
}

/** What is left of the lines up to a mark. If the thread reads no answers, waiting for what the kernel has would change nothing. */
function left(place: Int32Array, mark: number, readsAnswers: boolean): Held {
  const lines = Math.max(0, (mark - get(place, SETTLED)) | 0);
  const untaken = Math.min(lines, get(place, UNTAKEN));
  return { lines: readsAnswers ? lines : untaken, unsent: Math.min(untaken, get(place, UNSENT)) };
}

function get(place: Int32Array, word: number): number {
  return Atomics.load(place, word);
}
