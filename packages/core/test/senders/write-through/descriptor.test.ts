/** The descriptor of a connection, against real sockets. */
import { describe, expect, it, vi } from 'vitest';
import { cleanups, connected } from './connected.ts';

describe('a descriptor', () => {
  it('keeps what the kernel has no room for, and hands it over later in order', async () => {
    const { connection, socket } = await connected();
    socket.pause();
    const piece = Buffer.alloc(1 << 20);
    let sent = 0;
    while (!connection.descriptor.stalled && sent < 200) {
      piece.fill(sent++ % 256);
      connection.output.write(Buffer.from(piece), 0, piece.length);
    }
    expect(connection.descriptor.stalled).toBe(true);
    connection.output.write(Buffer.from('end'), 0, 3);
    let bytes = 0;
    let tail = '';
    socket.removeAllListeners('data').on('data', (some) => {
      bytes += some.length;
      tail = (tail + some.toString('latin1')).slice(-3);
    });
    socket.resume();
    await vi.waitFor(() => expect(connection.drain()).toBe(true), { timeout: 30_000 });
    await vi.waitFor(() => expect(bytes).toBe(sent * piece.length + 3), { timeout: 30_000 });
    expect([tail, connection.descriptor.stalled]).toEqual(['end', false]);
  }, 60_000);
});

it('counts the TLS records that wait as what they hold, and one that is only begun as a whole', async () => {
  const { connection, socket } = await connected();
  const { descriptor } = connection;
  socket.pause();
  const [content, record] = [2 ** 14, 2 ** 14 + 22];
  const records = Buffer.alloc(40 * record);
  while (!descriptor.stalled) descriptor.write(records, 0, records.length, 40 * content);
  const { waitingBytes } = descriptor;
  expect(waitingBytes).toBeGreaterThan(0);
  expect(waitingBytes % content).toBe(0);
  descriptor.write(Buffer.alloc(122), 0, 122, 100);
  expect(descriptor.waitingBytes).toBe(waitingBytes + 100);
});

it('writes whatever a program puts on Object.prototype', async () => {
  const { connection, text } = await connected();
  Reflect.set(Object.prototype, 'error', 'of a program');
  try {
    connection.output.write(Buffer.from('a line'), 2, 4);
    connection.output.write(Buffer.from('a line'), 4, 6);
  } finally {
    Reflect.deleteProperty(Object.prototype, 'error');
  }
  await vi.waitFor(() => expect(text()).toBe('line'));
});

describe.skipIf(process.platform !== 'linux')('lines that follow each other closely', () => {
  /** Whether each line, which comes so long after the one before, may wait in the kernel. Node has no way to ask for that. */
  async function written(...gaps: readonly number[]) {
    const { connection, socket, text } = await connected();
    const { prototype } = Reflect.get(socket, '_handle').constructor;
    const set = vi.spyOn(prototype, 'setNoDelay');
    cleanups.push(() => set.mockRestore());
    const waits = gaps.map((gap) => {
      connection.descriptor.gather(gap);
      connection.output.write(Buffer.from('line '), 0, 5);
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
    connection.descriptor.leave();
    expect(set.mock.calls).toEqual([[false], [true]]);
  });

  it('leave at once if there are only two, or between them is some time', async () => {
    const { set } = await written(50, 0.1, 5, 0.1, 5, 5);
    expect(set).not.toHaveBeenCalled();
  });
});
