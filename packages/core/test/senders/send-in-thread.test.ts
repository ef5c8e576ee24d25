/** How a process that exits waits for its thread; `exit-thread/program.test.ts` has what the thread sends. */
import { expect, it } from 'vitest';
import { ENDPOINT, LIMITS, send, startServer } from './exit-thread/thread-server.ts';

it.each([
  ['the connection fails', ENDPOINT, 'ECONNREFUSED'],
  // Node throws where the request is made, not where it fails.
  ['the request can not even be made', { ...ENDPOINT, port: 70_000 }, 'ERR_SOCKET_BAD_PORT'],
])('ends the wait with the reason when %s', (_, endpoint, reason) => {
  expect(send(endpoint, 1, LIMITS)).toEqual({ counts: [0, 0, 1], reason });
});

it('starts a thread, whatever a program puts on Object.prototype', () => {
  Reflect.set(Object.prototype, 'Worker', 'of a program');
  try {
    expect(send(ENDPOINT, 1, LIMITS).reason).toBe('ECONNREFUSED');
  } finally {
    Reflect.deleteProperty(Object.prototype, 'Worker');
  }
});

it('waits no longer than it may for a server that says nothing', async () => {
  const { port } = await startServer(0, '');
  let timeoutMs = 100;
  let result: ReturnType<typeof send>;
  // A busy machine takes long to start the thread and to begin the request.
  do {
    timeoutMs *= 3;
    result = send({ ...ENDPOINT, port }, 1, { connectMs: 20_000, timeoutMs });
  } while (result.counts[1] === 0 && timeoutMs < 20_000);
  expect(result).toEqual({ counts: [0, 1, 0], reason: `no answer within ${timeoutMs} ms` });
});

it('ends a thread once, however often it was kept in one run: Node warns of eleven listeners', async () => {
  const { port } = await startServer(-1, '');
  const warnings: string[] = [];
  const onWarning = ({ message }: Error) => void warnings.push(message);
  process.on('warning', onWarning);
  const endpoint = { ...ENDPOINT, port };
  for (let i = 0; i < 12; i++) expect(send(endpoint, 1, LIMITS).counts).toEqual([1, 0, 0]);
  await new Promise(setImmediate);
  process.off('warning', onWarning);
  expect(warnings).toEqual([]);
});
