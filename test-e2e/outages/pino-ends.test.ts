/** The end of a pino stream with our target does not block a program that goes on. */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { ship } from './shipping-program.ts';

it('while the server does not answer, and the thread waits for the answers', async () => {
  let lines = 0;
  let held: ServerResponse[] | undefined = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    lines += body.split('"i"').length - 1;
    held?.push(response);
    // The program has ended the stream.
    if (request.method === 'GET') for (const late of held?.splice(0) ?? []) late.end();
    if (request.method === 'GET') held = undefined;
    if (held === undefined) response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const run = await ship({
    program: 'pino-ends.cjs',
    url: `http://127.0.0.1:${port}`,
    env: { VICTORIALOGS_EXIT_TIMEOUT_MS: '20000' },
    timeoutMs: 60_000,
    onStart: async (_, report) => {
      await expect.poll(() => lines).toBeGreaterThan(0);
      await writeFile(report, '{}');
    },
  });
  expect(run).toMatchObject({ code: 0, stdout: '', stderr: '' });
  // The kernel may have had the last ones.
  await expect.poll(() => lines).toBe(300);
  server.close();
}, 90_000);
