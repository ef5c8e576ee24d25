/** One connection, against real sockets. */
import net from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { nodeClock } from '../../../src/process/timers.ts';
import { Block, type BlockRange, IMPORTANCE } from '../../../src/senders/block.ts';
import { Connection, type ConnectionEvent } from '../../../src/senders/write-through/connection.ts';
import { serverUrl } from '../../../src/settings/server-url.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
const cleanups: Array<() => unknown> = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

async function start() {
  const received: Buffer[] = [];
  const sockets: net.Socket[] = [];
  const server = net.createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', (bytes) => received.push(bytes));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  const connection = connect(port);
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await vi.waitFor(() => expect(sockets).toHaveLength(1));
  const text = () => Buffer.concat(received).toString();
  return { ...connection, socket: sockets[0] as net.Socket, text };
}

function connect(port: number) {
  const endpoint = serverUrl.read(`http://127.0.0.1:${port}`)?.endpoint;
  if (endpoint === undefined) throw new Error('It is no URL.');
  const events: ConnectionEvent[] = [];
  const listener = (_: Connection, event: ConnectionEvent) => events.push(event);
  const connection = new Connection(endpoint, '127.0.0.1', listener, nodeClock);
  cleanups.push(() => connection.destroy('the test is over'));
  return { connection, events };
}

async function connected() {
  const started = await start();
  await vi.waitFor(() => expect(started.connection.phase).toBe('idle'));
  started.events.length = 0;
  return started;
}

function rangeOf(block: Block, from: number, to: number): BlockRange {
  return { block, from, to, bytes: to - from };
}

describe('a connection', () => {
  it('tells once that it is connected, also when it was asked without the event loop', async () => {
    const { connection, events } = await start();
    await vi.waitFor(() => {
      connection.poll();
      expect(connection.phase).toBe('idle');
    });
    await new Promise(setImmediate);
    expect(events).toEqual([{ kind: 'connected' }]);
    expect(connection.wasConnected).toBe(true);
  });

  it('gives bytes to the kernel before the call returns', async () => {
    const { connection, text } = await connected();
    connection.write(Buffer.from('-abc-'), 1, 4);
    expect(connection.stalled).toBe(false);
    await vi.waitFor(() => expect(text()).toBe('abc'));
  });

  it('tells of an answer, with and without the event loop', async () => {
    const { connection, events, socket } = await connected();
    const answered = { kind: 'answered', answer: expect.objectContaining({ status: 200 }) };
    socket.write(OK);
    await vi.waitFor(() => expect(events).toEqual([answered]));
    socket.write(OK);
    for (let waited = 0; events.length < 2 && waited < 1_000; waited++) {
      connection.poll();
      await new Promise(setImmediate);
    }
    expect(events).toEqual([answered, answered]);
  });

  it('is closed once, and says why', async () => {
    const { connection, events, socket } = await connected();
    socket.end();
    await vi.waitFor(() => expect(connection.phase).toBe('closed'));
    connection.destroy('a second reason');
    expect(events).toEqual([{ kind: 'closed', reason: 'the server closed the connection' }]);
  });

  it('says why it cannot connect', async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as net.AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const { connection, events } = connect(port);
    await vi.waitFor(() => expect(events).toEqual([{ kind: 'closed', reason: 'ECONNREFUSED' }]));
    expect(connection.wasConnected).toBe(false);
  });

  it('keeps what the kernel has no room for, and hands it over later in order', async () => {
    const { connection, socket } = await connected();
    socket.pause();
    const piece = Buffer.alloc(1 << 20);
    let sent = 0;
    while (!connection.stalled && sent < 200) {
      piece.fill(sent++ % 256);
      connection.write(Buffer.from(piece), 0, piece.length);
    }
    expect(connection.stalled).toBe(true);
    connection.write(Buffer.from('end'), 0, 3);
    let bytes = 0;
    let tail = '';
    socket.removeAllListeners('data').on('data', (some) => {
      bytes += some.length;
      tail = (tail + some.toString('latin1')).slice(-3);
    });
    socket.resume();
    await vi.waitFor(() => expect(connection.drain()).toBe(true), { timeout: 30_000 });
    await vi.waitFor(() => expect(bytes).toBe(sent * piece.length + 3), { timeout: 30_000 });
    expect([tail, connection.stalled]).toEqual(['end', false]);
  }, 60_000);
});

describe.skipIf(process.platform !== 'linux')('lines that follow each other closely', () => {
  /** Whether each line, which comes so long after the one before, may wait in the kernel. Node has no way to ask for that. */
  async function written(...gaps: readonly number[]) {
    const { connection, socket, text } = await connected();
    const { prototype } = Reflect.get(socket, '_handle').constructor;
    const set = vi.spyOn(prototype, 'setNoDelay');
    cleanups.push(() => set.mockRestore());
    const waits = gaps.map((gap) => {
      connection.gather(gap);
      connection.write(Buffer.from('line '), 0, 5);
      return set.mock.lastCall?.[0] === false;
    });
    return { connection, set, waits, text };
  }

  it('wait for each other from the third one on, for a moment', async () => {
    const { set, waits, text } = await written(50, 0.1, 0.1, 0.1, 0.1);
    expect(waits).toEqual([false, false, true, true, true]);
    await vi.waitFor(() => expect(text()).toBe('line '.repeat(5)));
    await vi.waitFor(() => expect(set.mock.calls).toEqual([[false], [true]]));
  });

  it('leave before the end of the request, so that its answer is not late', async () => {
    const { connection, set } = await written(50, 0.1, 0.1, 0.1);
    connection.leave();
    expect(set.mock.calls).toEqual([[false], [true]]);
  });

  it('leave at once if there are only two, or between them is some time', async () => {
    const { set } = await written(50, 0.1, 5, 0.1, 5, 5);
    expect(set).not.toHaveBeenCalled();
  });
});

describe('the lines of a request', () => {
  it('are joined where they follow each other, and given back as a whole', async () => {
    const { connection } = await connected();
    const [one, other] = [new Block(0, 4096), new Block(1, 4096)];
    for (const block of [one, other])
      for (let line = 0; line < 4; line++) block.append('x', IMPORTANCE.ordinary, 0);
    for (const range of [rangeOf(one, 0, 1), rangeOf(one, 1, 3), rangeOf(other, 3, 4)])
      connection.carry(range);
    expect([connection.requestLines, connection.requestBytes]).toEqual([4, 4]);
    const ranges = connection.takeRanges();
    expect(ranges).toEqual([
      { block: one, from: 0, to: 3, bytes: 3 },
      { block: other, from: 3, to: 4, bytes: 1 },
    ]);
    expect([connection.ranges, connection.requestLines, connection.requestBytes]).toEqual([
      ...[[], 0, 0],
    ]);
  });
});
