/** How a process that exits waits for its thread; `exit-thread/program.test.ts` has what the thread sends. */
import { expect, it } from 'vitest';
import { sendInThread } from '../../src/senders/send-in-thread.ts';
import { countsOf, ENDPOINT, LIMITS, rangesOf, startServer } from './exit-thread/thread-server.ts';

it.each([
  ['the connection fails', ENDPOINT, 'ECONNREFUSED'],
  // Node throws where the request is made, not where it fails.
  ['the request can not even be made', { ...ENDPOINT, port: 70_000 }, 'ERR_SOCKET_BAD_PORT'],
])('ends the wait with the reason when %s', (_, endpoint, reason) => {
  const result = sendInThread(endpoint, {}, rangesOf(1), LIMITS);
  expect(result.reason).toBe(reason);
  expect(countsOf(result)).toEqual([0, 0, 1]);
});

it('waits no longer than it may for a server that says nothing', async () => {
  const { port } = await startServer(0, '');
  const limits = { connectMs: 20_000, timeoutMs: 300 };
  const result = sendInThread({ ...ENDPOINT, port }, {}, rangesOf(1), limits);
  expect(result.reason).toBe('no answer within 300 ms');
  expect(countsOf(result)).toEqual([0, 1, 0]);
});
