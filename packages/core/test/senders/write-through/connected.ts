/** Connections to a server of the test's own. */
import net from 'node:net';
import { afterEach, expect, vi } from 'vitest';
import { nodeClock } from '../../../src/process/timers.ts';
import { Connection, type ConnectionEvent } from '../../../src/senders/write-through/connection.ts';
import { Connections } from '../../../src/senders/write-through/connections.ts';
import { serverUrl } from '../../../src/settings/server-url.ts';

export const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
export const cleanups: Array<() => unknown> = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

export async function start() {
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

export function connect(port: number, origin = 'http://127.0.0.1') {
  const endpoint = serverUrl.read(`${origin}:${port}`)?.endpoint;
  if (endpoint === undefined) throw new Error('It is no URL.');
  const events: ConnectionEvent[] = [];
  const listener = (_: Connection, event: ConnectionEvent) => events.push(event);
  const connection = new Connection(endpoint, '127.0.0.1', listener, nodeClock);
  cleanups.push(() => connection.destroy('the test is over'));
  return { connection, events };
}

/** The port of a server that never answers. */
export async function silentServer(): Promise<number> {
  const server = net.createServer((socket) => socket.on('error', () => {}));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => server.close());
  return (server.address() as net.AddressInfo).port;
}

/** So many idle connections to a server that never answers. */
export async function idleConnections(count: number): Promise<Connections> {
  const port = await silentServer();
  const connections = new Connections();
  connections.every = Array.from({ length: count }, () => connect(port).connection);
  await vi.waitFor(() => expect(connections.idle).toHaveLength(count));
  return connections;
}

export async function connected() {
  const started = await start();
  await vi.waitFor(() => expect(started.connection.phase).toBe('idle'));
  started.events.length = 0;
  return started;
}
