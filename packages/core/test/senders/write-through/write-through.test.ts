/** The write-through sender against servers that the test scripts: which bytes it sends when, and what it does after each answer. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Queue } from '../../../src/delivery/queue.ts';
import { completeOptions } from '../../../src/options.ts';
import { nodeClock, nodeTimers, pause, steadyClock } from '../../../src/process/timers.ts';
import { type BlockRange, bytesOf, IMPORTANCE } from '../../../src/senders/block.ts';
import type { Outcome } from '../../../src/senders/outcome.ts';
import { PAUSE_MS } from '../../../src/senders/request-rule.ts';
import type { ConnectionReport, SenderHost } from '../../../src/senders/sender.ts';
import { WriteThroughSender } from '../../../src/senders/write-through/write-through.ts';
import { learned, newState } from '../learned.ts';

/** A server that keeps what each connection sent and answers when the test says so. */
async function startServer(onConnection: (socket: net.Socket) => void = () => {}) {
  const sockets: net.Socket[] = [];
  const received: string[] = [];
  const server = net.createServer((socket) => {
    const at = sockets.push(socket) - 1;
    received[at] = '';
    socket.on('data', (bytes) => {
      received[at] += bytes.toString();
    });
    socket.on('error', () => {});
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as net.AddressInfo).port, sockets, received };
}

const cleanups: Array<() => void> = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';

/** Answers every complete request on a connection, after a time. */
function answering(delayMs = 0, answer = OK, answered = (_: net.Socket): void => {}) {
  return (socket: net.Socket): void => {
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes.toString();
      for (;;) {
        const request = /^POST .*?\r\n\r\n/s.exec(text)?.[0];
        if (request === undefined) return;
        const length = /content-length: (\d+)/i.exec(request)?.[1];
        const end =
          length === undefined
            ? text.indexOf('\r\n0\r\n\r\n') + 7
            : request.length + Number(length);
        if (end < 7 || text.length < end) return;
        text = text.slice(end);
        setTimeout(() => {
          socket.write(answer);
          answered(socket);
        }, delayMs);
      }
    });
  };
}

class Host implements SenderHost {
  readonly queue = new Queue(1 << 26, Date.now, () => {});
  readonly outcomes: Outcome[] = [];
  /** Of each request. */
  readonly settledBytes: number[] = [];
  unreachableFor: string[] = [];
  made = 0;
  lost = 0;
  delivered = '';
  backsOff = false;
  isHalfOpen = false;

  #learned = newState(1 << 26);
  readonly retry: SenderHost['retry'] = { state: this };
  readonly current: SenderHost['current'] = { isGone: false };
  get requestBytes(): number {
    return this.#learned.requestBytes;
  }
  get batchBytes(): number {
    return this.#learned.batchBytes;
  }
  get bytesAtOnce(): number {
    return this.#learned.bytesAtOnce;
  }
  get lines(): number {
    const waits = this.backsOff || (this.isHalfOpen && this.queue.inFlight > 0);
    return waits ? 0 : this.queue.unsent;
  }
  flushSync(): void {}
  take(maxBytes: number): BlockRange | undefined {
    return this.queue.take(maxBytes);
  }
  settle(ranges: readonly BlockRange[], outcome: Outcome): void {
    this.#learned = learned(this.#learned, ranges, outcome);
    if (ranges.length > 0) {
      this.outcomes.push(outcome);
      this.settledBytes.push(ranges.reduce((sum, { bytes }) => sum + bytes, 0));
    }
    for (const range of ranges) {
      if (outcome.kind !== 'delivered') this.queue.giveBack(range);
      else {
        this.isHalfOpen = false;
        this.delivered += bytesOf(range).toString();
        this.queue.settle(range);
      }
    }
  }
  connection(is: ConnectionReport, reason: string): void {
    if (is === 'made') this.made++;
    if (is === 'lost') this.lost++;
    if (is !== 'failed' && is !== 'timed out') return;
    this.unreachableFor.push(reason);
    this.backsOff = true;
  }
}

function makeSender(
  port: number,
  { hostname = '127.0.0.1', socketPath = '', timers = nodeTimers } = {},
) {
  const host = new Host();
  const options = { url: socketPath === '' ? `http://${hostname}:${port}` : `unix:${socketPath}` };
  const { settings } = completeOptions(options, {}, () => 'h');
  if (settings === undefined) throw new Error('no settings');
  const sender = new WriteThroughSender(settings, host, { ...nodeClock, timers });
  cleanups.push(() => sender.close());
  /** One after the other, with no time in between. */
  const log = (...lines: string[]): void => {
    const now = steadyClock();
    for (const line of lines) {
      host.queue.append(`${line}\n`, IMPORTANCE.ordinary);
      sender.pump(now);
    }
  };
  return { host, sender, log };
}

/** Resolves when the first three connections have carried a request without lines. */
function allAsked(received: readonly string[]): Promise<void> {
  const isEmpty = (text: string) => text.endsWith('chunked\r\n\r\n0\r\n\r\n');
  return vi.waitFor(() => expect(received.filter(isEmpty)).toHaveLength(3));
}

describe('WriteThroughSender', () => {
  it('makes three connections and takes each past the patience of the server with silent ones, two always free', async () => {
    const { port, received } = await startServer(answering());
    const { sender } = makeSender(port);
    await sender.ready(30_000);
    await allAsked(received);
    expect(received).toHaveLength(3);
  });

  it('ends every request, though an answer that is found by a search for a free connection begins one', async () => {
    const LAST = '\r\n0\r\n\r\n';
    const answered: net.Socket[] = [];
    let answers = true;
    const { port, received } = await startServer((socket) => {
      let end = '';
      socket.on('data', (bytes) => {
        end = (end + bytes.subarray(-LAST.length).toString('latin1')).slice(-LAST.length);
        if (end !== LAST) return;
        if (answers) socket.write(OK);
        else answered.push(socket);
      });
    });
    const { host, sender, log } = makeSender(port);
    await sender.ready(30_000);
    await allAsked(received);
    await sleep(PAUSE_MS);
    answers = false;
    for (let at = 1; at <= 4; at++) {
      log('short');
      sender.pump(steadyClock(), 'flush');
      await vi.waitFor(() => expect(answered).toHaveLength(at));
    }
    // The answers are there, unread, and the kernel has no room for all of the lines that follow.
    for (const socket of answered) {
      socket.pause();
      socket.write(OK);
    }
    answers = true;
    const LINES = 60;
    for (let at = 0; at < LINES; at++)
      host.queue.append(`${'long'.repeat(60_000)}\n`, IMPORTANCE.ordinary);
    sender.pump(steadyClock());
    for (const socket of answered) socket.resume();
    await vi.waitFor(() => expect(host.queue.lines).toBe(0), 30_000);
    expect(host.delivered.split('\n').length - 1).toBe(4 + LINES);
  });

  const CLOSING = OK.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n');
  it.each([
    ['and says so', answering(0, CLOSING)],
    ['and says nothing', answering(0, OK, (socket) => socket.end())],
    ['a moment later', answering(0, OK, (socket) => setTimeout(() => socket.end(), 10))],
  ])(
    'leaves a server in peace that closes every connection on which it has answered, %s',
    async (_, behave) => {
      const { port, sockets } = await startServer(behave);
      const { host, sender, log } = makeSender(port);
      await sender.ready(30_000);
      // One after the other as fast as they come would be hundreds in this time.
      await sleep(1_000);
      expect(sockets.length).toBeLessThan(20);
      for (let at = 0; at < 5; at++) {
        log(`line ${at}`);
        await vi.waitFor(() => expect(host.queue.lines).toBe(0));
      }
      expect(host.delivered).toBe('line 0\nline 1\nline 2\nline 3\nline 4\n');
    },
  );

  it('sends a lone line as one complete request', async () => {
    const { port, received } = await startServer(answering());
    const { host, sender, log } = makeSender(port);
    await sender.ready(30_000);
    log('alone');
    await vi.waitFor(() => expect(host.delivered).toBe('alone\n'));
    expect(received.join('')).toContain('\r\n\r\n00006\r\nalone\n\r\n0\r\n\r\n');
  });

  it('sends lines that follow closely as chunks of one request, which ends after a short pause', async () => {
    const { port, received } = await startServer(answering());
    const { host, sender, log } = makeSender(port);
    await sender.ready(30_000);
    await vi.waitFor(() => expect(host.made).toBeGreaterThan(1));
    log('a', 'b', 'c', 'd');
    await vi.waitFor(() => expect(host.queue.lines).toBe(0));
    expect(host.outcomes).toHaveLength(2);
    expect(received.join('')).toContain(
      '00002\r\nb\n\r\n00002\r\nc\n\r\n00002\r\nd\n\r\n0\r\n\r\n',
    );
  });

  it('ends a request in the first tick after a burst, though all connections await answers', async () => {
    const { port, received } = await startServer((socket) => {
      // Only requests without lines are answered.
      socket.on('data', (bytes) => /\r\n\r\n0\r\n/.test(bytes.toString()) && socket.write(OK));
    });
    const rings: Array<() => void> = [];
    const { sender, log } = makeSender(port, {
      timers: {
        start: (ring, ms) => {
          rings.push(ring);
          return nodeTimers.start(ring, ms);
        },
        stop: nodeTimers.stop,
      },
    });
    await sender.ready(30_000);
    await allAsked(received);
    await sleep(100);
    log('a');
    // Node's timers may ring a millisecond early.
    await sleep(PAUSE_MS + 5);
    log('b', 'c', 'd');
    pause(10);
    // The event loop turns no further than to these timers.
    for (const ring of rings.splice(0)) ring();
    log('e');
    // The bytes of a connection come after it.
    await vi.waitFor(() => {
      expect(received).toHaveLength(4);
      expect(received[3]).toContain('\r\ne\n\r\n');
      expect(received.filter((text) => text.endsWith('d\n\r\n0\r\n\r\n'))).toHaveLength(1);
    });
  });

  it('ends a request before the thread blocks', async () => {
    const { port, received } = await startServer(answering(100));
    const { sender, log } = makeSender(port);
    await sender.ready(30_000);
    await allAsked(received);
    await sleep(150);
    log('a', 'b', 'c');
    sender.rest();
    sender.rest();
    // No tick ends it before that.
    pause(10);
    log('d');
    await vi.waitFor(() => expect(received.join('')).toContain('\r\nd\n\r\n'));
    expect(received.join('')).toContain('\r\nb\n\r\n00002\r\nc\n\r\n0\r\n\r\n');
  });

  it('keeps no line in memory if a thread logs and blocks again and again while the server is slow', async () => {
    const { port, received } = await startServer((socket) => {
      // Only requests without lines are answered.
      socket.on('data', (bytes) => /\r\n\r\n0\r\n/.test(bytes.toString()) && socket.write(OK));
    });
    const { host, sender, log } = makeSender(port);
    await sender.ready(30_000);
    await allAsked(received);
    await sleep(100);
    const start = steadyClock();
    for (let line = 0; line < 30; line++) {
      log('a', 'b');
      expect(host.queue.unsent).toBe(0);
      sender.rest();
      pause(5);
    }
    expect(steadyClock() - start).toBeLessThan(2_000);
    expect(host.delivered).toBe('');
  });

  it('ends a request soon while another connection is idle, though the program logs without a pause', async () => {
    const { host, sender, log } = makeSender(await startServerElsewhere());
    await sender.ready(30_000);
    // In one run, so that no pause ends a request.
    for (let line = 0; line < 250; line++) {
      log('x'.repeat(999));
      pause(1);
    }
    await vi.waitFor(() => expect(host.queue.lines).toBe(0));
    expect(host.settledBytes.reduce((sum, bytes) => sum + bytes)).toBe(250_000);
    expect(Math.max(...host.settledBytes)).toBeLessThan(200_000);
  });

  it('sends few lines twice when connections break again and again', async () => {
    const { port, sockets } = await startServer(answering());
    const { host, sender, log } = makeSender(port);
    await sender.ready(30_000);
    for (let line = 0; line < 300; line++) {
      log(...Array.from({ length: 10 }, () => 'x'.repeat(99)));
      if (line % 100 === 50) for (const socket of sockets) socket.resetAndDestroy();
      await sleep(5);
    }
    sender.pump(steadyClock(), 'flush');
    await vi.waitFor(() => expect(host.queue.lines).toBe(0));
    expect(host.outcomes.filter(({ kind }) => kind !== 'delivered').length).toBeGreaterThan(0);
    expect(Math.max(...host.settledBytes)).toBeLessThan(64 * 1024);
  });

  it('takes requests that break together for one failure', async () => {
    const { port, sockets } = await startServer();
    const { host, sender, log } = makeSender(port);
    await sender.ready(20);
    log('a', 'b');
    sender.pump(steadyClock(), 'flush');
    log('c', 'd');
    await vi.waitFor(() => expect(host.made).toBeGreaterThan(1));
    for (const socket of sockets) socket.resetAndDestroy();
    await vi.waitFor(() => expect(host.outcomes).toHaveLength(2));
    expect(host.outcomes.map(({ kind }) => kind)).toEqual(['retryable', 'cancelled']);
  });

  it('writes nothing behind an unanswered request', async () => {
    const { port, received } = await startServer();
    const { host, sender, log } = makeSender(port);
    await sender.ready(20);
    log('a', 'b');
    sender.pump(steadyClock(), 'flush');
    log('c', 'd', 'e');
    await vi.waitFor(() => expect(received.length).toBeGreaterThan(2));
    for (const text of received) expect(text.split('POST ').length).toBeLessThanOrEqual(2);
    expect(host.delivered).toBe('');
  });

  it('delivers a backlog larger than the socket buffers, in order, once the server reads', async () => {
    const { port, sockets } = await startServer(answering());
    const { host, sender, log } = makeSender(port);
    await sender.ready(30_000);
    for (const socket of sockets) socket.pause();
    const lines = Array.from({ length: 30_000 }, (_, i) => `${i} ${'x'.repeat(500)}`);
    log(...lines);
    expect(host.queue.unsent).toBeGreaterThan(0);
    for (const socket of sockets) socket.resume();
    await vi.waitFor(() => expect(host.queue.lines).toBe(0));
    const order = host.delivered.split('\n').slice(0, -1);
    expect(new Set(order).size).toBe(30_000);
    expect(order).toHaveLength(30_000);
  });

  it('puts at most one line more into a request than the server accepts', async () => {
    const { port } = await startServer(answering());
    const { host, sender, log } = makeSender(port);
    Object.defineProperty(host, 'requestBytes', { value: 100_000 });
    await sender.ready(30_000);
    log(...Array.from({ length: 3_000 }, () => 'x'.repeat(200)));
    await vi.waitFor(() => expect(host.queue.lines).toBe(0));
    expect(Math.max(...host.settledBytes)).toBeLessThan(100_000 + 201);
  });

  it('gives lines back and sends them again when a connection breaks', async () => {
    let first = true;
    const { port } = await startServer((socket) => {
      if (!first) return answering()(socket);
      first = false;
      socket.once('data', () => socket.once('data', () => socket.resetAndDestroy()));
      answering()(socket);
    });
    const { host, sender, log } = makeSender(port);
    await sender.ready(30_000);
    log('a', 'b', 'c');
    await vi.waitFor(() => {
      sender.pump(steadyClock());
      expect(host.delivered.split('\n').sort().join('')).toBe('abc');
    });
  });

  it('notices without the event loop that an idle connection was closed', async () => {
    const { port, sockets, received } = await startServer(answering());
    const { host, sender, log } = makeSender(port);
    await sender.ready(30_000);
    await allAsked(received);
    sockets[0]?.end();
    sockets[1]?.end();
    await vi.waitFor(() => expect(sockets.length).toBeGreaterThan(3));
    log('a', 'b');
    await vi.waitFor(() => expect(host.queue.lines).toBe(0));
    expect(host.outcomes.every(({ kind }) => kind === 'delivered')).toBe(true);
  });

  it('says when nobody listens', async () => {
    const { port, sockets } = await startServer();
    for (const cleanup of cleanups.splice(0)) cleanup();
    expect(sockets).toHaveLength(0);
    const { host, sender } = makeSender(port);
    await sender.ready(30_000);
    expect(host.unreachableFor).toEqual(['ECONNREFUSED']);
  });

  it('passes refusals on and closes on answers that come before the end of a request', async () => {
    const { port } = await startServer((socket) => {
      socket.on('data', () => socket.write('HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\nno'));
    });
    const { host, sender, log } = makeSender(port);
    await sender.ready(30_000);
    host.backsOff = false;
    log('a', 'b', 'c');
    await vi.waitFor(() => expect(host.outcomes.length).toBeGreaterThan(0));
    expect(host.outcomes[0]).toMatchObject({ kind: 'refused', reason: 'status 401: no' });
  });

  it('sends few lines twice to a server that answers before it has read a request', async () => {
    const received: string[] = [];
    const { port } = await startServer((socket) => {
      socket.on('data', (bytes) => {
        const text = bytes.toString();
        received.push(...(text.match(/line \d+/g) ?? []));
        if (text.startsWith('POST ')) socket.write(OK);
      });
    });
    const { host, sender, log } = makeSender(port);
    await sender.ready(30_000);
    for (let line = 0; line < 200; line += 10) {
      log(...Array.from({ length: 10 }, (_, at) => `line ${line + at}`));
      await vi.waitFor(() => expect(host.queue.lines).toBe(0));
    }
    expect(new Set(received).size).toBe(200);
    expect(received.length).toBeLessThanOrEqual(200 + 64);
  });

  it('says why when there is no way to the server', async () => {
    // TCP to the address of all machines is refused at once.
    const { host, sender } = makeSender(9, { hostname: '255.255.255.255' });
    await sender.ready(30_000);
    expect(new Set(host.unreachableFor)).toEqual(new Set(['ENETUNREACH']));
  });

  it('says it without the event loop', () => {
    const { host, sender, log } = makeSender(9, { hostname: '255.255.255.255' });
    log('a');
    flushSync(host, sender);
    expect(host.unreachableFor).toEqual(['ENETUNREACH']);
  });

  it('flushes without the event loop', async () => {
    const { host, sender, log } = makeSender(await startServerElsewhere());
    await sender.ready(30_000);
    log('a', 'b', 'c');
    flushSync(host, sender);
    expect(host.delivered.split('\n').sort().join('')).toBe('abc');
  });

  it('tries a half-open server with one complete request, and sees the answer without the event loop', async () => {
    const { host, sender, log } = makeSender(await startServerElsewhere());
    await sender.ready(30_000);
    host.isHalfOpen = true;
    log('a', 'b', 'c');
    expect(host.queue.unsent).toBe(2);
    for (let i = 0; i < 1_000 && host.queue.unsent > 0; i++) {
      blockFor(5);
      sender.pump(steadyClock());
    }
    expect(host.isHalfOpen).toBe(false);
    expect(host.delivered).toBe('a\n');
    flushSync(host, sender);
    expect(host.delivered).toBe('a\nb\nc\n');
  });

  it('connects without the event loop to an address: the first line is delivered in the tick in which it is written', async () => {
    const { host, sender, log } = makeSender(await startServerElsewhere());
    log('a', 'b', 'c');
    flushSync(host, sender);
    expect(host.delivered).toBe('a\nb\nc\n');
  });

  it('says without the event loop that nobody listens', async () => {
    const { port } = await startServer();
    for (const cleanup of cleanups.splice(0)) cleanup();
    const { host, sender, log } = makeSender(port);
    log('a');
    flushSync(host, sender);
    expect(host.unreachableFor).toEqual(['ECONNREFUSED']);
    // The event of the same connection says nothing more.
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(host.unreachableFor).toEqual(['ECONNREFUSED']);
  });

  it('says without the event loop that nobody listens on a unix socket', async () => {
    const { host, sender, log } = makeSender(0, { socketPath: '/nowhere/vl.sock' });
    log('a');
    flushSync(host, sender);
    expect(host.unreachableFor).toHaveLength(1);
  });

  it('cannot look up a name without the event loop', async () => {
    const { host, sender, log } = makeSender(await startServerElsewhere(), {
      hostname: 'localhost',
    });
    log('a');
    expect(sender.withoutLoop.pump(steadyClock())).toBe(false);
    await vi.waitFor(() => expect(host.delivered).toBe('a\n'));
  });
});

/** A server in another process, for tests in which this one is blocked. */
async function startServerElsewhere(): Promise<number> {
  const child = spawn(process.execPath, [
    '-e',
    `require('node:http').createServer((q, s) => { q.resume(); q.on('end', () => s.end()); })
      .listen(0, '127.0.0.1', function () { console.log(this.address().port); });`,
  ]);
  cleanups.push(() => child.kill());
  const [bytes] = await once(child.stdout, 'data');
  return Number(bytes);
}

function flushSync(host: Host, sender: WriteThroughSender): void {
  for (let i = 0; i < 1_000 && host.queue.lines > 0 && !host.backsOff; i++) {
    sender.withoutLoop.pump(steadyClock());
    if (host.queue.lines > 0) blockFor(5);
  }
}

function blockFor(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
