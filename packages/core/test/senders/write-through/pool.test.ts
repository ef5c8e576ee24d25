/** Connections over time, against real sockets, with a clock that the test moves. */
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Queue } from '../../../src/delivery/queue.ts';
import type { RetryState } from '../../../src/delivery/retry.ts';
import { completeOptions } from '../../../src/options.ts';
import { bytesOf, IMPORTANCE } from '../../../src/senders/block.ts';
import type { Outcome } from '../../../src/senders/outcome.ts';
import type { SenderHost } from '../../../src/senders/sender.ts';
import { WriteThroughSender } from '../../../src/senders/write-through/write-through.ts';
import type { TransportOptions } from '../../../src/settings/table.ts';
import { createTransport } from '../../../src/transport.ts';
import { learned, newState } from '../learned.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
const BUSY = 'HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n';
const cleanups: Array<() => unknown> = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

/** Steady time moves only when the test says so; the wall clock can be set on its own. */
class TestClock {
  now = 1_000;
  wallAhead = 0;
  /** How many timers have run. */
  rung = 0;
  readonly #due = new Set<{ readonly at: number; readonly callback: () => void }>();
  readonly steady = (): number => this.now;
  readonly wall = (): number => 1_700_000_000_000 + this.now + this.wallAhead;
  readonly timers = {
    start: (callback: () => void, ms: number): NodeJS.Timeout => {
      const timer = { at: this.now + Math.max(1, ms), callback, unref: () => {} };
      this.#due.add(timer);
      return timer as unknown as NodeJS.Timeout;
    },
    stop: (timer: NodeJS.Timeout | undefined): void => void this.#due.delete(timer as never),
  };

  /** As after a blocked event loop: all timers that are due run before anything is read. */
  pass(ms: number): void {
    this.now += ms;
    for (const timer of [...this.#due])
      if (timer.at <= this.now && this.#due.delete(timer)) timer.callback();
  }

  async advance(ms: number): Promise<void> {
    for (const end = this.now + ms; this.now < end; ) {
      this.now = Math.min(end, ...[...this.#due].map(({ at }) => Math.max(at, this.now + 1)));
      for (const timer of [...this.#due]) {
        if (timer.at > this.now || !this.#due.delete(timer)) continue;
        this.rung++;
        timer.callback();
      }
      await settled();
    }
  }
}

let probe: net.Socket;
beforeAll(async () => {
  const echo = net.createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  probe = net.connect((echo.address() as net.AddressInfo).port, '127.0.0.1').setNoDelay();
  await once(probe, 'connect');
  return () => {
    probe.destroy();
    echo.close();
  };
});

/** Resolves when what is on its way between connections has arrived, and so have the answers to it: later bytes have come and gone. */
async function settled(): Promise<void> {
  for (let trip = 0; trip < 6; trip++) {
    probe.write('.');
    await once(probe, 'data');
  }
}

interface ServerSide {
  readonly socket: net.Socket;
  readonly madeAt: number;
  usedAt: number;
  /** Whether a request has ended, and was not answered. */
  awaits: boolean;
}

/** Starts a sender, and resolves when it has its first connections. */
async function start(options: TransportOptions = {}, connections = 3) {
  const clock = new TestClock();
  let isHanging = false;
  /** What the server does. */
  const behavior = {
    answersLines: OK,
    /** These connections lead to a server that refuses all lines. */
    refusing: new Set<net.Socket>(),
    /** Whether it closes each connection after its answer. */
    closes: false,
    afterAnswer: () => {},
    received: '',
    lateMs: 0,
    bytesPerMs: Infinity,
  };
  const open = new Set<ServerSide>();
  const server = net.createServer((socket) => {
    const side = { socket, madeAt: clock.now, usedAt: clock.now, awaits: false };
    let bytesOfRequest = 0;
    open.add(side);
    socket.on('error', () => {});
    socket.on('close', () => open.delete(side));
    socket.on('data', (bytes) => {
      side.usedAt = clock.now;
      const text = bytes.toString();
      behavior.received += text;
      bytesOfRequest += bytes.length;
      side.awaits = text.endsWith('0\r\n\r\n');
      if (!side.awaits || isHanging) return;
      const answersLines = behavior.refusing.has(socket) ? BUSY : behavior.answersLines;
      const answer = text.endsWith('\r\n\r\n0\r\n\r\n') ? OK : answersLines;
      const send = () => {
        side.awaits = false;
        if (behavior.closes) socket.end(answer.replace('\r\n', '\r\nConnection: close\r\n'));
        else socket.write(answer);
        behavior.afterAnswer();
      };
      const lateMs = behavior.lateMs + bytesOfRequest / behavior.bytesPerMs;
      bytesOfRequest = 0;
      if (lateMs > 0) clock.timers.start(send, lateMs);
      else send();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  const { settings } = completeOptions(
    { url: `http://127.0.0.1:${port}`, ...options },
    {},
    () => 'h',
  );
  if (settings === undefined) throw new Error('no settings');
  const queue = new Queue(1 << 20, clock.wall, () => {});
  const reports: string[] = [];
  let delivered = '';
  const outcomes: Outcome[] = [];
  const host: SenderHost & { retry: { state: RetryState } } = {
    get lines() {
      return queue.unsent;
    },
    retry: { state: newState(1 << 22) },
    current: { isGone: false },
    flushSync() {},
    take: (maxBytes) => queue.take(maxBytes),
    settle: (ranges, outcome) => {
      outcomes.push(outcome);
      host.retry.state = learned(host.retry.state, ranges, outcome);
      for (const range of ranges) {
        if (outcome.kind !== 'delivered') queue.giveBack(range);
        else {
          delivered += bytesOf(range).toString();
          queue.settle(range);
        }
      }
    },
    connection: (is, reason) => is !== 'made' && reports.push(`${is}: ${reason}`),
  };
  const sender = new WriteThroughSender(settings, host, clock);
  cleanups.push(() => {
    sender.close();
    server.close();
    for (const { socket } of open) socket.destroy();
  });
  await sender.ready(30_000);
  await clock.advance(100);
  await vi.waitFor(() => expect(open.size).toBe(connections));
  const hang = (): void => {
    isHanging = true;
  };
  const resume = (): void => {
    isHanging = false;
  };
  return {
    ...{ clock, open, server, behavior, sender, queue, reports, outcomes, hang, resume },
    delivered: () => delivered,
  };
}

describe('connections', () => {
  it('are never idle for so long, and never so old, that the server would close them', async () => {
    const { clock, open, sender, queue } = await start();
    for (let second = 0; second < 400; second += 5) {
      await clock.advance(5_000);
      await vi.waitFor(() => expect(open.size).toBeGreaterThan(1));
      for (const { madeAt, usedAt } of open) {
        expect(clock.now - usedAt).toBeLessThan(59_000);
        expect(clock.now - madeAt).toBeLessThan(119_000);
      }
      if (second % 55 !== 0) continue;
      // A line finds a connection at any time: it is with the kernel before the call returns.
      queue.append(`${second}\n`, IMPORTANCE.ordinary);
      sender.pump(clock.now);
      expect(queue.unsent).toBe(0);
    }
  }, 60_000);

  it('are two while lines come, and one after a minute of silence, which takes all lines of a burst', async () => {
    const { clock, open, sender, queue, hang } = await start();
    const log = (lines: number) => {
      for (let line = 0; line < lines; line++) {
        queue.append(`${line}\n`, IMPORTANCE.ordinary);
        sender.pump(clock.now);
        expect(queue.unsent).toBe(0);
      }
    };
    for (let second = 0; second < 150; second += 30) {
      // The server has real time to answer before the clock goes on.
      await sleep(50);
      log(3);
      await sleep(50);
      await clock.advance(200);
      await sleep(50);
      await clock.advance(30_000);
      await vi.waitFor(() => expect(open.size).toBe(2));
    }
    // An old one may just be replaced.
    await vi.waitFor(async () => {
      await clock.advance(20_000);
      expect(open.size).toBe(1);
    });
    for (let second = 0; second < 300; second += 10) {
      await clock.advance(10_000);
      await vi.waitFor(() => expect(open.size).toBeGreaterThan(0));
      // One more while the old one is replaced: there is always one that is free.
      expect(open.size).toBeLessThan(3);
      for (const { usedAt } of open) expect(clock.now - usedAt).toBeLessThan(59_000);
    }
    hang();
    log(100);
    await clock.advance(1_000);
    await vi.waitFor(() => expect(open.size).toBeGreaterThan(1));
  }, 60_000);

  it('are two for as long after the last line as a setting says', async () => {
    const { clock, open, sender, queue } = await start({ keepConnectionsMs: 200_000 });
    queue.append('line\n', IMPORTANCE.ordinary);
    sender.pump(clock.now);
    await sleep(50);
    for (let second = 0; second < 190; second += 10) {
      await clock.advance(10_000);
      await vi.waitFor(() => expect(open.size).toBeGreaterThan(1));
    }
    // An old one may just be replaced.
    await vi.waitFor(async () => {
      await clock.advance(20_000);
      expect(open.size).toBe(1);
    });
  }, 60_000);

  it.each([2, 3, 7])(
    'are at most %i if a setting says so',
    async (maxConnections) => {
      const { clock, open, sender, queue, hang } = await start(
        { maxConnections },
        Math.min(maxConnections, 3),
      );
      for (let second = 0; second < 250; second += 5) {
        await clock.advance(5_000);
        await vi.waitFor(() => expect(open.size).toBeGreaterThan(0));
        expect(open.size).toBeLessThanOrEqual(maxConnections);
        for (const { madeAt } of open) expect(clock.now - madeAt).toBeLessThan(119_000);
        queue.append(`${second}\n`, IMPORTANCE.ordinary);
        sender.pump(clock.now);
        expect(queue.unsent).toBe(0);
        await sleep(20);
      }
      hang();
      let most = 0;
      for (let line = 0; line < 20; line++) {
        queue.append(`${line}\n`, IMPORTANCE.ordinary);
        sender.pump(clock.now, 'flush');
        await clock.advance(100);
        most = Math.max(most, open.size);
      }
      expect(most).toBe(maxConnections);
    },
    60_000,
  );

  it('take every line at once while the server hangs, though the program often pauses for a moment', async () => {
    const { clock, sender, queue, hang } = await start();
    hang();
    for (let round = 0; round < 900; round++) {
      for (let line = 0; line < 64; line++) queue.append(`${line}\n`, IMPORTANCE.ordinary);
      sender.pump(clock.now);
      expect({ round, waiting: queue.unsent }).toEqual({ round, waiting: 0 });
      await clock.advance(10);
    }
  });

  it('that have died while all were in use are given up together, with the one whose request was open', async () => {
    const { clock, open, sender, queue, hang, resume, delivered } = await start();
    hang();
    for (let round = 0; round < 50; round++) {
      for (let line = 0; line < 64; line++) queue.append(`${round}\n`, IMPORTANCE.ordinary);
      sender.pump(clock.now);
      await clock.advance(10);
    }
    // These never hear of anything again. Others work.
    for (const { socket } of open) socket.pause();
    resume();
    await clock.advance(14_000);
    await vi.waitFor(() => expect(delivered().split('\n').length - 1).toBe(50 * 64));
  }, 60_000);

  it('that have died while only one had lines, whose request was open, are given up one soon after the other', async () => {
    const { clock, open, sender, queue, hang, resume, delivered } = await start(
      { maxConnections: 2 },
      2,
    );
    queue.append('used\n', IMPORTANCE.ordinary);
    sender.pump(clock.now, 'flush');
    await vi.waitFor(() => expect(delivered()).toBe('used\n'));
    hang();
    // The one that is unused is asked whether somebody is there.
    while (![...open].some(({ awaits }) => awaits)) await clock.advance(50);
    for (let line = 0; line < 200; line++) {
      queue.append(`${line}\n`, IMPORTANCE.ordinary);
      sender.pump(clock.now);
      await clock.advance(10);
    }
    expect([...open].map(({ awaits }) => awaits)).toContain(false);
    for (const { socket } of open) socket.pause();
    resume();
    await clock.advance(13_000);
    await vi.waitFor(() => expect(delivered().split('\n').length - 1).toBe(201));
  }, 60_000);

  it.each([150, 300, 500])(
    'take a line every %i ms at once while each answer is two seconds late',
    async (everyMs) => {
      const { clock, behavior, sender, queue } = await start();
      behavior.lateMs = 2_000;
      for (let line = 0; line < 6_000 / everyMs; line++) {
        queue.append(`${line}\n`, IMPORTANCE.ordinary);
        sender.pump(clock.now);
        expect({ line, waiting: queue.unsent }).toEqual({ line, waiting: 0 });
        await clock.advance(everyMs);
      }
    },
    60_000,
  );

  it('whose answers came while the event loop was blocked let the open request end', async () => {
    const { clock, open, behavior, sender, queue, hang } = await start();
    await clock.advance(1_000);
    hang();
    behavior.received = '';
    for (const line of ['whole', 'ended', 'open']) {
      queue.append(`${line}\n`, IMPORTANCE.ordinary);
      sender.pump(clock.now);
      if (line === 'ended') await clock.advance(6);
    }
    const ends = () => behavior.received.match(/0\r\n\r\n/g)?.length;
    await vi.waitFor(() => expect(behavior.received).toContain('open\n'));
    await vi.waitFor(() => expect(ends()).toBe(2));
    // The kernel has the answers at once. The client learns of them only if it looks.
    for (const { socket, awaits } of open) if (awaits) socket.write(OK);
    clock.pass(100);
    // As if it were frozen now.
    sender.close();
    await vi.waitFor(() => expect(open.size).toBe(0));
    expect(ends()).toBe(3);
  });

  it('that cannot be added, while no other is idle, show that the server may be stopping: the open request ends', async () => {
    const { clock, open, server, behavior, sender, queue } = await start();
    const log = async (ms: number) => {
      for (let line = 0; line < ms; line++) {
        queue.append('a\n', IMPORTANCE.ordinary);
        sender.pump(clock.now);
        await clock.advance(1);
      }
    };
    await log(10);
    const [...sides] = open;
    // As a server that stops: it closes what is idle, and waits for the request that is open.
    server.close();
    for (const { socket, usedAt } of sides) if (usedAt < clock.now - 1) socket.end();
    behavior.received = '';
    await log(30);
    await vi.waitFor(() => expect(behavior.received).toContain('0\r\n\r\n'));
  });

  it('of processes that start together are not replaced together', async () => {
    const fleet = await Promise.all(Array.from({ length: 6 }, () => start()));
    const replacedAt = await Promise.all(
      fleet.map(async ({ clock, open }) => {
        const first = new Set(open);
        while ([...open].some((one) => first.has(one))) await clock.advance(1_000);
        return clock.now;
      }),
    );
    expect(new Set(replacedAt).size).toBeGreaterThan(1);
    expect(Math.max(...replacedAt)).toBeLessThan(120_000);
  }, 60_000);

  it('that do not answer keep their lines until newer ones show that the server takes lines', async () => {
    const { clock, sender, queue, hang, resume, delivered } = await start();
    hang();
    for (let line = 0; line < 200; line++)
      queue.append(`${'x'.repeat(999)}\n`, IMPORTANCE.ordinary);
    sender.pump(clock.now, 'flush');
    await clock.advance(30_000);
    // A hanging server gets them once, however long it hangs.
    expect({ lines: queue.lines, unsent: queue.unsent }).toEqual({ lines: 200, unsent: 0 });
    resume();
    // The last empty request that was swallowed is given up after ten seconds. The server has real time to answer.
    for (let second = 0; second < 30 && queue.lines > 0; second++) {
      await clock.advance(1_000);
      await sleep(20);
    }
    await vi.waitFor(() => expect(queue.lines).toBe(0));
    expect(delivered()).toHaveLength(200_000);
  }, 30_000);

  it('show that something is there if they are made and then break, even without lines', async () => {
    const { clock, open, server, outcomes } = await start();
    server.on('connection', (socket) => socket.destroy());
    for (const { socket } of open) socket.destroy();
    await clock.advance(100);
    const failed = () => outcomes.filter(({ kind }) => kind === 'retryable');
    await vi.waitFor(() => expect(failed().length).toBeGreaterThan(0));
    for (const outcome of failed()) expect(outcome).toMatchObject({ isBusy: true });
  });

  it('show nothing of the kind if no answer comes', async () => {
    const { clock, hang, sender, queue, outcomes } = await start();
    hang();
    queue.append('a\n', IMPORTANCE.ordinary);
    sender.pump(clock.now, 'flush');
    await clock.advance(11_000);
    expect(outcomes.find(({ kind }) => kind === 'retryable')).toMatchObject({ isBusy: false });
  });

  it('are not kept after a refusal: another one may lead to a server that takes lines', async () => {
    const { clock, open, behavior, sender, queue, delivered } = await start();
    const before = [...open];
    behavior.refusing = new Set(before.map(({ socket }) => socket));
    queue.append('a\n', IMPORTANCE.ordinary);
    sender.pump(clock.now, 'flush');
    await clock.advance(1_000);
    await vi.waitFor(() => expect(before.some((one) => !open.has(one))).toBe(true));
    expect(delivered()).toBe('a\n');
  });

  it('take lines, and are few, although one is silent and the server closes each after its answer', async () => {
    const { clock, open, server, behavior, sender, queue, delivered } = await start();
    let made = 0;
    server.on('connection', () => made++);
    behavior.closes = true;
    for (const { socket } of open) socket.pause();
    for (let line = 0; line < 20; line++) {
      queue.append(`${line}\n`, IMPORTANCE.ordinary);
      sender.pump(clock.now);
    }
    await clock.advance(20_000);
    await vi.waitFor(() => expect(queue.lines).toBe(0));
    expect(delivered().split('\n').length - 1).toBe(20);
    expect(made).toBeLessThan(100);
  });

  it('are few, however often a program flushes to a server that hangs', async () => {
    const { clock, open, sender, queue, hang } = await start();
    hang();
    queue.append('a\n', IMPORTANCE.ordinary);
    sender.pump(clock.now, 'flush');
    for (let flush = 0; flush < 100; flush++) {
      sender.suspect(clock.now);
      await clock.advance(50);
    }
    expect(open.size).toBeLessThanOrEqual(8);
  });

  it('that were made before a silence, and never answered, keep no flush from a new one', async () => {
    const { clock, open, sender, queue, hang } = await start();
    hang();
    for (const { socket } of [...open].slice(1)) socket.destroy();
    // Its first request is empty, and comes two seconds after it is made.
    await clock.advance(2_500);
    expect([...open].filter(({ awaits }) => awaits).length).toBeGreaterThan(0);
    queue.append('a\n', IMPORTANCE.ordinary);
    sender.pump(clock.now, 'flush');
    const before = open.size;
    sender.suspect(clock.now);
    await vi.waitFor(() => expect(open.size).toBe(before + 1));
  });

  it('that await the answers to empty requests keep no flush from a new one', async () => {
    const { clock, open, sender, queue, hang, resume, delivered } = await start();
    hang();
    queue.append('a\n', IMPORTANCE.ordinary);
    sender.pump(clock.now, 'flush');
    // The line is in doubt by then, and what has been tried since is not answered either.
    await clock.advance(14_000);
    expect([...open].filter(({ awaits }) => awaits)).toHaveLength(3);
    resume();
    expect(delivered()).toBe('');
    sender.suspect(clock.now + 1_000);
    for (let ms = 0; ms < 1_000 && queue.lines > 0; ms += 50) {
      await clock.advance(50);
      await sleep(5);
    }
    expect(delivered()).toBe('a\n');
  });

  it('whose answers came while nobody looked are not late', async () => {
    const { clock, behavior, sender, queue, reports, delivered } = await start();
    behavior.afterAnswer = () => clock.pass(11_000);
    queue.append('a\n', IMPORTANCE.ordinary);
    sender.pump(clock.now, 'flush');
    await vi.waitFor(() => expect(delivered()).toBe('a\n'));
    expect(reports).toEqual([]);
  });

  it('are not judged by how fast a server refuses', async () => {
    const { clock, behavior, sender, queue, hang, resume } = await start();
    hang();
    for (let line = 0; line < 200; line++)
      queue.append(`old ${line} ${'x'.repeat(990)}\n`, IMPORTANCE.ordinary);
    sender.pump(clock.now, 'flush');
    await clock.advance(12_000);
    resume();
    behavior.answersLines = BUSY;
    for (let line = 0; line < 60; line++) {
      queue.append('new\n', IMPORTANCE.ordinary);
      sender.pump(clock.now, 'flush');
      await clock.advance(500);
    }
    // Each refused request comes again, with the same lines: how many lines came twice?
    const seen: readonly string[] = behavior.received.match(/old \d+/g) ?? [];
    const twice = new Set(seen.filter((line, at) => seen.indexOf(line) < at));
    expect(twice.size).toBeLessThan(65);
  }, 30_000);

  it('of a slow link carry less after a silence, so that its answers come in time', async () => {
    const { clock, behavior, sender, queue, delivered } = await start();
    behavior.bytesPerMs = 5;
    for (let line = 0; line < 500; line++)
      queue.append(`line ${line} ${'x'.repeat(990)}\n`, IMPORTANCE.ordinary);
    sender.pump(clock.now, 'flush');
    for (let second = 0; second < 300 && queue.lines > 0; second++) await clock.advance(1_000);
    expect(queue.lines).toBe(0);
    expect(delivered().match(/line/g)).toHaveLength(500);
    expect(behavior.received.match(/line/g)?.length).toBeLessThan(3 * 500);
    // Nothing looks for more all the time.
    expect(clock.rung).toBeLessThan(1_000);
  });

  it('do not depend on the wall clock', async () => {
    const { clock, open, sender, queue } = await start();
    const before = [...open];
    await clock.advance(30_000);
    clock.wallAhead = 3_600_000;
    queue.append('a\n', IMPORTANCE.ordinary);
    sender.pump(clock.now);
    expect(queue.unsent).toBe(0);
    expect([...open].every((one) => before.includes(one))).toBe(true);
  });

  it('that cannot be added say nothing about those that work', async () => {
    const { clock, open, server, sender, queue, reports, delivered } = await start();
    await sleep(20);
    server.close();
    const [, ...others] = open;
    for (const { socket } of others) socket.end();
    await clock.advance(20_000);
    expect(open.size).toBe(1);
    queue.append('a\n', IMPORTANCE.ordinary);
    sender.pump(clock.now);
    await clock.advance(1_000);
    await vi.waitFor(() => expect(delivered()).toBe('a\n'));
    expect(reports.filter((report) => report.startsWith('failed'))).toEqual([]);
  });
});

/** A server whose old connections swallow everything once it has seen the text, or answers so much later. */
async function listen({ diesAt = '\0', delayMs = 0 }): Promise<{ url: string; lines: string[] }> {
  const lines: string[] = [];
  let isLate = false;
  const server = net.createServer((socket) => {
    const isOld = !isLate;
    socket.on('error', () => {});
    cleanups.push(() => socket.destroy());
    socket.on('data', (bytes) => {
      const text = bytes.toString();
      if (text.includes(diesAt)) isLate = true;
      if (isOld && isLate) return;
      lines.push(...Array.from(text.matchAll(/"_msg":"([^"]*)"/g), ([, line]) => line ?? ''));
      if (text.endsWith('0\r\n\r\n')) setTimeout(() => socket.write(OK), delayMs);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`, lines };
}

describe('a flush', () => {
  it('sends lines over a new connection when the old ones have died while they were idle', async () => {
    const { url, lines } = await listen({ diesAt: 'second' });
    const transport = createTransport({ url });
    cleanups.push(() => transport.close({ timeoutMs: 0 }));
    transport.write({ text: 'first' });
    expect(await transport.flush({ timeoutMs: 8_000 })).toMatchObject({ complete: true });
    await sleep(1_200);
    for (const text of ['second', 'third']) transport.write({ text });
    // Without another connection it would take ten seconds until an answer is no longer expected.
    expect(await transport.flush({ timeoutMs: 8_000 })).toMatchObject({ complete: true });
    expect(lines).toEqual(['first', 'second', 'third']);
    transport.write({ text: 'fourth' });
    expect(await transport.flush({ timeoutMs: 8_000 })).toMatchObject({ complete: true });
  });

  it('sends nothing twice to a server that is only slow', async () => {
    const { url, lines } = await listen({ delayMs: 700 });
    const transport = createTransport({ url });
    cleanups.push(() => transport.close({ timeoutMs: 0 }));
    await transport.ready(30_000);
    await sleep(1_000);
    for (let line = 0; line < 5; line++) {
      transport.write({ text: `line ${line}` });
      await transport.flush({ timeoutMs: 1_000 });
    }
    await transport.flush({ timeoutMs: 10_000 });
    expect(lines.sort()).toEqual(['line 0', 'line 1', 'line 2', 'line 3', 'line 4']);
    expect(transport.stats.resent).toBe(0);
  }, 30_000);
});
