/** What is taken from a connection, against a real socket. */
import { once } from 'node:events';
import { afterAll, expect, it, vi } from 'vitest';
import { Block, IMPORTANCE, type RequestLines } from '../../../src/senders/block.ts';
import { takeFrom } from '../../../src/senders/write-through/take-from.ts';
import { cleanups, connect, connected } from './connected.ts';
import {
  makeCertificate,
  type Passage,
  removeCertificates,
  startTlsServer,
  transportTo,
} from './tls/tls-server.ts';

afterAll(removeCertificates);

/** Two lines, which the connection carries. */
function linesFor(request: RequestLines) {
  const block = new Block(4096);
  for (let line = 0; line < 2; line++) block.append('x', IMPORTANCE.ordinary, 0);
  request.add({ block, from: 0, to: 2, bytes: 2 });
}

it('takes at least one line, and leaves the others', async () => {
  const { connection } = await connected();
  linesFor(connection.request);
  expect(takeFrom(connection, 1)).toMatchObject([{ from: 0, to: 1 }]);
  expect(connection.request.ranges).toMatchObject([{ from: 1, to: 2 }]);
  expect(connection.phase).toBe('idle');
});

it('resets a connection that has no lines left: the kernel must not send them later, too', async () => {
  const { connection, socket } = await connected();
  linesFor(connection.request);
  const failed = once(socket, 'error');
  expect(takeFrom(connection, 100)).toMatchObject([{ from: 0, to: 2 }]);
  expect(connection.phase).toBe('closed');
  expect(await failed).toMatchObject([{ code: 'ECONNRESET' }]);
});

it('writes nothing more on it over https: with that, the kernel would send what it holds', async () => {
  const certificate = makeCertificate();
  let secured = 0;
  const server = await startTlsServer({
    certificate,
    onSecure: () => secured++,
    onClose: (stop) => cleanups.push(stop),
  });
  // Only to trust it.
  transportTo(server, certificate, { level: 'OFF' });
  const written = async (end: 'end' | 'reset'): Promise<number> => {
    const { connection } = connect(server.port, 'https://localhost');
    await vi.waitFor(() => expect(connection.phase).toBe('idle'));
    await vi.waitFor(() => expect(secured).toBe(server.passages.length));
    const passage = server.passages.at(-1) as Passage;
    const before = passage.sent.length;
    connection[end]();
    await vi.waitFor(() => expect(passage.client.destroyed).toBe(true));
    return passage.sent.length - before;
  };
  expect(await written('end')).toBeGreaterThan(0);
  expect(await written('reset')).toBe(0);
});
