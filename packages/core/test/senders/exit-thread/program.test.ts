/** What the thread sends, and what is known about its lines when not everything was acknowledged. It runs as the process runs it. */
import { expect, it } from 'vitest';
import { BODY_BYTES, sendInThread } from '../../../src/senders/send-in-thread.ts';
import { countsOf, ENDPOINT, LIMITS, spansOf, startServer } from './thread-server.ts';

it('sends 100,000 lines, far more than one body holds', async () => {
  const { port, lines } = await startServer(-1, '');
  const spans = spansOf(100_000);
  expect(spans.reduce((sum, { bytes }) => sum + bytes, 0)).toBeGreaterThan(10 * BODY_BYTES);
  const result = sendInThread({ ...ENDPOINT, port }, {}, spans, LIMITS);
  expect(countsOf(result)).toEqual([100_000, 0, 0]);
  expect(result.reason).toBe('');
  expect(lines[0]).toBe(100_000);
});

it.each([
  [
    'refuses',
    'request.resume(); request.on("end", () => { response.statusCode = 429; response.end(); })',
    'status 429',
    0,
  ],
  ['redirects', 'response.writeHead(307, { Location: "/b" }).end()', 'status 307', 0],
  ['breaks off', 'request.socket.destroy()', /ECONNRESET|EPIPE/, 1],
  ['says nothing more', '', 'no answer within 1500 ms', 1],
])(
  'knows what was acknowledged when the server %s in the middle',
  async (_, then, reason, inFlight) => {
    const { port, lines } = await startServer(3, then);
    const limits = { connectMs: 1_500, timeoutMs: then === '' ? 1_500 : 20_000 };
    const result = sendInThread({ ...ENDPOINT, port }, {}, spansOf(100_000), limits);
    const [acknowledged, unconfirmed, unsent] = countsOf(result) as [number, number, number];
    expect(result.reason).toEqual(
      typeof reason === 'string' ? reason : expect.stringMatching(reason),
    );
    expect(acknowledged + unconfirmed + unsent).toBe(100_000);
    expect(acknowledged).toBe(lines[0]);
    expect(acknowledged).toBeGreaterThan(0);
    expect(unconfirmed > 0).toBe(inFlight === 1);
    expect(unsent).toBeGreaterThan(unconfirmed);
  },
);
