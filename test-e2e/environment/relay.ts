/** A TCP relay in front of a server that can hold back what the server answers. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A running relay. */
export interface Relay {
  /** Base URL to use instead of the server's. */
  readonly url: string;
  /** From now on the server's bytes stay here; the client's still go through. */
  hold(): void;
  /** Passes on what was held back, and everything after it. */
  release(): void;
  stop(): Promise<void>;
}

/** Starts a relay to the server at this base URL. */
export async function startRelay(serverUrl: string): Promise<Relay> {
  const { hostname, port } = new URL(serverUrl);
  const sockets = new Set<Socket>();
  const answers = new Set<Socket>();
  let holding = false;
  const relay = createServer((client) => {
    const server = connect(Number(port), hostname);
    client.pipe(server);
    server.pipe(client);
    answers.add(server);
    if (holding) server.pause();
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        answers.delete(socket);
      });
    }
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  return {
    url: `http://127.0.0.1:${(relay.address() as AddressInfo).port}`,
    hold() {
      holding = true;
      for (const socket of answers) socket.pause();
    },
    release() {
      holding = false;
      for (const socket of answers) socket.resume();
    },
    async stop() {
      const closed = once(relay, 'close');
      relay.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
