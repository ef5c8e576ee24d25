/** One connection, against real sockets. */
import { once } from 'node:events';
import net from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { cleanups, connect, connected, OK, start } from './connected.ts';

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

  it('says where it leads, also before the event loop has turned', async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    cleanups.push(() => server.close());
    await once(server, 'listening');
    const { port } = server.address() as net.AddressInfo;
    const { connection } = connect(port);
    while (connection.phase === 'connecting') connection.poll();
    expect(connection.how).toBe(` at 127.0.0.1 port ${port}, each line at once`);
  });

  it('gives bytes to the kernel before the call returns', async () => {
    const { connection, text } = await connected();
    connection.output.write(Buffer.from('-abc-'), 1, 4);
    expect(connection.descriptor.stalled).toBe(false);
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
});
