/** Tells whether this thread may print what child processes have printed. */
import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';

/** On this channel, Node publishes every process that it is about to start in this thread, unless it then waits for it. */
const CHANNEL = 'child_process';
/** A child is still heard for this long after its output has ended, in milliseconds. */
const HEARD_MS = 10_000;

/**
 * A program that listens to no child cannot print a copy of what a child printed. This class looks at the listeners of the
 * children's output. It leaves the data alone.
 */
export class HeardChildren {
  readonly #stopWatching: () => void;
  readonly #heard = new Set<Readable>();
  #hasStarted = false;
  #lastHeard = -HEARD_MS;

  constructor() {
    const { subscribe, unsubscribe } = process.getBuiltinModule('node:diagnostics_channel');
    const onChild = (message: unknown): void => {
      const { process: child } = message as { readonly process: ChildProcess };
      this.#hasStarted = true;
      // Its streams are made after this, and nothing arrives from them before the next tick.
      process.nextTick(() => this.#follow(child));
    };
    subscribe(CHANNEL, onChild);
    this.#stopWatching = () => unsubscribe(CHANNEL, onChild);
  }

  /**
   * Whether what is printed now can be a copy. Also true if this thread has started no child, since other threads have their
   * own. Also true if it has waited for each child: then it has read what they printed.
   * @param now Milliseconds of any clock.
   */
  mayBePrinted(now: number): boolean {
    if (this.#heard.size > 0) {
      this.#lastHeard = now;
      this.#forgetEnded();
    }
    return !this.#hasStarted || now - this.#lastHeard < HEARD_MS;
  }

  stop(): void {
    this.#stopWatching();
  }

  #follow(child: ChildProcess): void {
    for (const name of ['stdout', 'stderr'] as const) {
      try {
        const stream = child[name];
        if (stream) whenHeard(stream, () => this.#add(stream));
      } catch {
        // The program has put something else in its place.
      }
    }
  }

  #add(stream: Readable): void {
    this.#forgetEnded();
    this.#heard.add(stream);
  }

  #forgetEnded(): void {
    for (const stream of this.#heard) if (stream.destroyed) this.#heard.delete(stream);
  }
}

/** Calls back when the application has begun to listen to the data. Data that it only throws away has no listener. */
function whenHeard(stream: Readable, done: () => void): void {
  if (stream.listenerCount('data') + stream.listenerCount('readable') > 0) {
    done();
    return;
  }
  const onListener = (event: unknown): void => {
    if (event !== 'data' && event !== 'readable') return;
    done();
    try {
      stream.off('newListener', onListener);
    } catch {
      // The program has replaced the method.
    }
  };
  stream.on('newListener', onListener);
}
