/** The socket on which the platform takes what the console of a Managed Instance's threads prints. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A listening one. */
export interface LogSocket {
  readonly path: string;
  /** Stops listening and returns all that has come. */
  stop(): Promise<string>;
}

/** Starts it; its path is short, because that of a socket has to be. */
export async function startLogSocket(): Promise<LogSocket> {
  const path = join(tmpdir(), `log-${randomUUID().slice(0, 8)}.sock`);
  let text = '';
  const server = createServer((socket) => {
    socket.setEncoding('utf8').on('data', (more) => {
      text += more;
    });
    // The process of the function is killed in the end.
    socket.on('error', () => {});
  }).listen(path);
  await once(server, 'listening');
  return {
    path,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      await closed;
      await rm(path, { force: true });
      return text;
    },
  };
}
