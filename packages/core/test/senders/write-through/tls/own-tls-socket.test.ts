/** A program that replaces methods of TLS sockets changes none of ours, and finds its own ones where it has put them. */
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { Duplex } from 'node:stream';
import tls from 'node:tls';
import { expect, it, onTestFinished } from 'vitest';
import {
  connectedTlsSocket,
  holdTls,
} from '../../../../src/senders/write-through/tls/own-tls-socket.ts';
import { makeCertificate, removeCertificates } from './tls-server.ts';

it('makes a connection with methods as they were when it was held', async () => {
  const server = tls.createServer(makeCertificate()).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  onTestFinished(removeCertificates);
  await once(server, 'listening');
  const below = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(below, 'connect');
  holdTls();
  const refuse = (): never => {
    throw new Error('no network in tests');
  };
  const { read, emit } = net.Socket.prototype;
  const { isSessionReused } = tls.TLSSocket.prototype;
  onTestFinished(() => {
    Object.assign(net.Socket.prototype, { read });
    Reflect.deleteProperty(net.Socket.prototype, 'emit');
    Object.assign(tls.TLSSocket.prototype, { isSessionReused });
  });
  const stream = new Duplex({
    read() {},
    write: (bytes, _, done) => void below.write(bytes, done),
  });
  below.on('data', (bytes) => stream.push(bytes));
  Object.assign(net.Socket.prototype, { read: refuse, emit: refuse });
  Object.assign(tls.TLSSocket.prototype, { isSessionReused: refuse });
  // The connection below it is not ours.
  Object.assign(below, { read, emit });
  const socket = connectedTlsSocket({ socket: stream, rejectUnauthorized: false });
  expect(net.Socket.prototype.emit).toBe(refuse);
  expect(socket).toBeInstanceOf(tls.TLSSocket);
  await once(socket, 'secureConnect');
  socket.destroy();
  below.destroy();
});
