/** Makes a socket that a program cannot reach: what connects it and tells of it is Node's own, as it was at load. */
import net from 'node:net';

/** A program that replaces one of these replaces it for all sockets: nock and msw do, to answer in the server's place. */
const { connect, destroy, emit, on, once, unref } = net.Socket.prototype;

/** Begins to connect to a host, or to a unix socket at `path`. */
export function connectedSocket(to: net.SocketConnectOpts): net.Socket {
  const socket = Object.assign(new net.Socket(), { connect, destroy, emit, on, once, unref });
  const isNamed = 'host' in to && net.isIP(to.host ?? '') === 0;
  const lookup = isNamed ? process.getBuiltinModule('node:dns').lookup : undefined;
  return socket.connect({ ...to, ...(isNamed ? { lookup } : {}) } as net.SocketConnectOpts);
}
