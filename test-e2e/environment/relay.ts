/** A TCP relay in front of a server that can hold back what the server answers, or delay it as a long way does. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A running relay. */
export interface Relay {
  /** Base URL to use instead of the server's. */
  readonly url: string;
  /** From now on the server's bytes stay here; the client's still go through. */
  hold(): void;
  /** From now on cuts connections, those that are there and new ones. */
  cut(): void;
  /** Passes on what was held back, and everything after it. */
  release(): void;
  stop(): Promise<void>;
}

/** Starts a relay to the server at this base URL, whose bytes arrive so much later. */
export async function startRelay(serverUrl: string, delayMs = 0): Promise<Relay> {
  const { hostname, port } = new URL(serverUrl);
  const sockets = new Set<Socket>();
  const answers = new Set<Socket>();
  let holding = false;
  let cutting = false;
  const relay = createServer((client) => {
    if (cutting) {
      client.destroy();
      return;
    }
    const server = connect(Number(port), hostname);
    client.pipe(server);
    if (delayMs === 0) server.pipe(client);
    else {
      server.on('data', (bytes) => setTimeout(() => client.write(bytes), delayMs));
      server.on('end', () => setTimeout(() => client.end(), delayMs));
    }
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
    cut() {
      cutting = true;
      for (const socket of sockets) socket.destroy();
    },
    release() {
      holding = cutting = false;
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
