import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { beforeEach, describe, expect, it } from 'vitest';
import { ThreadLines } from '../../src/process/thread-lines.ts';
import { pause } from '../../src/process/timers.ts';

/** What holds lines in a thread, in place of a delivery. */
class Holder {
  held = { lines: 0, unsent: 0 };
  untaken = 0;
  queue = { lines: 0, unsent: 0 };
  retry = { isUnreachable: false };

  log(unsent: 0 | 1 = 1): void {
    this.append(undefined as never, unsent);
  }

  append(_: never, unsent: number): void {
    this.untaken += unsent;
    this.queue.unsent += unsent;
    this.hold(this.held.lines + 1, this.held.unsent + unsent);
  }

  connection(): void {
    queueMicrotask(() => {
      this.untaken = 0;
    });
  }

  settle(lines: number): void {
    this.untaken = Math.max(0, this.untaken - lines);
    this.hold(this.held.lines - lines, Math.max(0, this.held.unsent - lines));
  }

  flushSync(during: () => void = () => {}): void {
    during();
  }

  reportLoss(): void {}
  endSpool(): void {}

  hold(lines: number, unsent: number): void {
    this.held = { lines, unsent };
    this.queue.lines = lines;
  }
}

/** What an exit may wait. */
class Time {
  readonly #leftMs: number;

  constructor(leftMs: number) {
    this.#leftMs = leftMs;
  }

  spend(wait: (leftMs: number) => void): void {
    wait(this.#leftMs);
  }
}

/** Longer than a test may take: a wait of this length fails it. */
const FOR_EVER = 600_000;
const NOTHING = { lines: 0, unsent: 0 };

let main: ThreadLines;
let holder: Holder;

beforeEach(() => {
  main = new ThreadLines(undefined, 0);
  holder = new Holder();
  threadOf(main, 7).follow(holder);
});

/** What another thread has, with this id. */
function threadOf(starter: ThreadLines, threadId: number): ThreadLines {
  return new ThreadLines(starter.memory, threadId);
}

/** Starts a thread that goes on until it is terminated. */
async function start(program: string): Promise<Worker> {
  const worker = new Worker(
    `${program}; require('node:worker_threads').parentPort.on('message', () => {})`,
    {
      eval: true,
    },
  );
  await new Promise((resolve) => worker.once('online', resolve));
  main.started(worker);
  return worker;
}

/** Threads that are played. Nothing else keeps them alive. */
const played: Worker[] = [];

function startedAs7(eventLoopUtilization: () => { idle: number }): void {
  const worker = { threadId: 7, performance: { eventLoopUtilization } } as unknown as Worker;
  played.push(worker);
  main.started(worker);
}

/** What is done whenever the end looks at the thread of `holder`, whose loop is idle. */
function whileWaiting(act: (look: number) => void): void {
  let idle = 0;
  const eventLoopUtilization = () => {
    act(idle);
    return { idle: idle++ };
  };
  startedAs7(eventLoopUtilization);
}

describe('the end of a process', () => {
  it('does not wait if no thread holds a line', () => {
    holder.log();
    holder.settle(1);
    expect(main.wait(new Time(FOR_EVER))).toEqual(NOTHING);
  });

  it('waits no longer than it may, and tells what is left', () => {
    for (let i = 0; i < 3; i++) holder.log();
    expect(main.wait(new Time(0))).toEqual({ lines: 3, unsent: 3 });
  });

  it('tells what is logged while it waits, by threads that start meanwhile, too', () => {
    const below = new Holder();
    whileWaiting((look) => {
      if (look === 0) threadOf(main, 9).follow(below);
      below.log();
      holder.log(0);
    });
    holder.log();
    expect(main.wait(new Time(5))).toEqual({
      lines: holder.held.lines + below.held.lines,
      unsent: 1 + below.held.lines,
    });
  });

  it.each([0, 1] as const)(
    'takes a server that has answered to store what the kernel has since, but not %j unsent lines',
    (unsent) => {
      whileWaiting(() => {
        holder.settle(1);
        holder.log(unsent);
      });
      holder.log();
      expect(main.wait(new Time(FOR_EVER))).toEqual({ lines: unsent, unsent });
    },
  );

  it('tells lines that the kernel has from those that it has not', () => {
    holder.log(0);
    holder.log();
    expect(main.wait(new Time(0))).toEqual({ lines: 2, unsent: 1 });
  });

  it('counts a line once whose connection is answered while it is appended', () => {
    const { append } = Holder.prototype;
    const other = Object.assign(new Holder(), {
      append(this: Holder, line: never, unsent: number): void {
        append.call(this, line, unsent);
        this.settle(0);
      },
    });
    threadOf(main, 8).follow(other);
    other.log(0);
    expect(main.wait(new Time(0))).toEqual({ lines: 1, unsent: 0 });
  });

  it('waits once', () => {
    holder.log();
    const time = new Time(0);
    const left = main.wait(time);
    holder.log();
    expect(main.wait(time)).toBe(left);
  });

  it('waits for a thread whose loop is idle', async () => {
    const worker = await start('');
    await expect.poll(() => worker.performance.eventLoopUtilization().idle).toBeGreaterThan(0);
    const other = new Holder();
    threadOf(main, worker.threadId).follow(other);
    other.log(0);
    // What is not waited for is not counted, either.
    expect(main.wait(new Time(300))).toEqual({ lines: 1, unsent: 0 });
    await worker.terminate();
  });

  it('still counts what a thread holds that has been idle, and then gets no processor for a moment', () => {
    let idle = 0;
    const eventLoopUtilization = () => {
      pause(30);
      return { idle: idle > 0 ? idle : idle++ };
    };
    startedAs7(eventLoopUtilization);
    holder.log(0);
    expect(main.wait(new Time(70))).toEqual({ lines: 1, unsent: 0 });
  });

  it('does not wait for the answers to a thread that is blocked, and reads none', async () => {
    const worker = await start('Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)');
    const other = new Holder();
    threadOf(main, worker.threadId).follow(other);
    other.log(0);
    expect(main.wait(new Time(FOR_EVER))).toEqual(NOTHING);
    other.log();
    expect(main.wait(new Time(FOR_EVER))).toEqual({ lines: 1, unsent: 1 });
    await worker.terminate();
  });

  it('gives up a server that a thread does not reach before its time is up', () => {
    holder.retry.isUnreachable = true;
    holder.log();
    expect(main.wait(new Time(FOR_EVER))).toEqual({ lines: 1, unsent: 1 });
  });

  it('knows when a new connection has taken what waited for it', async () => {
    holder.log();
    holder.hold(1, 0);
    holder.connection();
    await setImmediate();
    expect(main.wait(new Time(0))).toEqual({ lines: 1, unsent: 0 });
  });

  it('waits for a thread that flushes until that has given up', () => {
    holder.log(0);
    holder.flushSync(() => expect(main.wait(new Time(100))).toMatchObject({ lines: 1 }));
    holder.reportLoss();
    holder.endSpool();
    expect(main.wait(new Time(FOR_EVER))).toEqual({ lines: 1, unsent: 0 });
  });

  it('leaves to a program what is left of a transport that it has closed', () => {
    holder.log();
    holder.endSpool();
    // The end of its thread.
    holder.flushSync();
    expect(main.wait(new Time(0))).toEqual(NOTHING);
  });

  it('counts what a thread holds whose report cannot arrive any more, and not what has arrived', async () => {
    const worker = await start('');
    const other = new Holder();
    threadOf(main, worker.threadId).follow(other);
    other.log();
    other.reportLoss();
    // As its sender is closed.
    other.settle(0);
    expect(main.wait(new Time(FOR_EVER))).toEqual({ lines: 1, unsent: 1 });
    await worker.terminate();
    expect(main.wait(new Time(FOR_EVER))).toEqual(NOTHING);
  });

  it('counts what was not sent by a thread that was terminated, and by those below it', async () => {
    const worker = await start('');
    const thread = threadOf(main, worker.threadId);
    const other = new Holder();
    thread.follow(other);
    other.log(0);
    other.log();
    const below = new Holder();
    threadOf(thread, 99).follow(below);
    below.log();
    await worker.terminate();
    expect(main.wait(new Time(FOR_EVER))).toEqual({ lines: 2, unsent: 2 });
    // The places are free again, and the numbers are kept.
    expect(main.wait(new Time(FOR_EVER))).toEqual({ lines: 2, unsent: 2 });
  });

  it('of a thread waits for the threads below that one alone, and leaves the report to the main thread', () => {
    const thread = threadOf(main, 8);
    holder.log();
    expect(thread.wait(new Time(FOR_EVER))).toEqual(NOTHING);
    const below = new Holder();
    threadOf(thread, 9).follow(below);
    below.log();
    expect(thread.wait(new Time(30))).toEqual(NOTHING);
    holder.settle(1);
    expect(main.wait(new Time(0))).toEqual({ lines: 1, unsent: 1 });
  });
});

it('follows at most as many transports as there is room for', () => {
  for (let i = 0; i < 300; i++) {
    const one = new Holder();
    threadOf(main, 10 + i).follow(one);
    one.log();
  }
  // One place has the transport of `beforeEach`.
  expect(main.wait(new Time(0)).lines).toBe(254);
});
