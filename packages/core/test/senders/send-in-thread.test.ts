/** What the thread of an exiting process says when it fails. */
import { expect, it } from 'vitest';
import { Queue } from '../../src/delivery/queue.ts';
import { IMPORTANCE, type Span } from '../../src/senders/block.ts';
import type { Endpoint } from '../../src/senders/endpoint.ts';
import { sendInThread } from '../../src/senders/send-in-thread.ts';

const ENDPOINT: Endpoint = {
  protocol: 'http:',
  hostname: '127.0.0.1',
  port: 1,
  socketPath: '',
  path: '/insert/jsonline',
  displayUrl: 'http://127.0.0.1:1/insert/jsonline',
};

it.each([
  ['the connection fails', ENDPOINT, 'ECONNREFUSED'],
  // Node throws where the request is made, not where it fails.
  ['the request can not even be made', { ...ENDPOINT, port: 70_000 }, 'ERR_SOCKET_BAD_PORT'],
])('ends the wait with the reason when %s', (_, endpoint, reason) => {
  const queue = new Queue(1 << 20, Date.now, () => {});
  queue.append('a\n', IMPORTANCE.ordinary);
  const spans = [queue.take(1 << 20) as Span];
  const failure = sendInThread(endpoint, {}, spans, { connectMs: 20_000, timeoutMs: 20_000 });
  expect(failure).toBe(reason);
});
