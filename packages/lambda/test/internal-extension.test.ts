/** The extension registers, whatever the API answers: the first invocation waits for it, and no longer than it has to. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTransport } from '@direct-logging/core';
import { expect, it, onTestFinished, vi } from 'vitest';
import { withExtension } from '../src/internal-extension.ts';

const ID = 'Lambda-Extension-Identifier';

/** Answers what it is asked first; what it is asked then stays without an answer. Returns the paths that it is asked for. */
async function register(first: RequestListener): Promise<string[]> {
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers[ID.toLowerCase()] ?? ''}`.trim());
    if (asked.length === 1) first(request, response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const transport = createTransport({ url: 'http://127.0.0.1:9' });
  const api = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const none = () => undefined;
  const invocations = { beforeNext: none, begin: none, context: none, stop: none };
  const extension = withExtension(api, transport, invocations);
  onTestFinished(async () => {
    extension.stop();
    vi.restoreAllMocks();
    await transport.close({ timeoutMs: 0 });
    server.closeAllConnections();
    server.close();
  });
  await extension.beforeNext();
  await extension.beforeNext();
  return asked;
}

const REGISTER = '/2020-01-01/extension/register';
const NEXT = '/2020-01-01/extension/event/next';

it('registers once, and then says that it is ready', async () => {
  const asked = await register((_, response) => response.setHeader(ID, 'me').end('{}'));
  await vi.waitFor(() => expect(asked).toEqual([REGISTER, `${NEXT} me`]), 10_000);
});

it('takes an answer that has no end, and comes before the request has one', async () => {
  const asked = await register((_, response) => {
    response.setHeader(ID, 'me').write('{');
    const more = setInterval(() => response.write(' '.repeat(60_000)), 1);
    response.on('close', () => clearInterval(more));
  });
  await vi.waitFor(() => expect(asked).toEqual([REGISTER, `${NEXT} me`]), 10_000);
});

it.each<[string, RequestListener]>([
  ['refuses', (_, response) => void response.writeHead(403, { [ID]: 'me' }).end()],
  [
    'redirects',
    (_, response) => void response.writeHead(307, { Location: '/elsewhere', [ID]: 'me' }).end(),
  ],
  ['has no identifier', (_, response) => void response.end('{}')],
  ['breaks off', (request) => void request.socket.destroy()],
  ['speaks no HTTP', (request) => void request.socket.end('noise\r\n\r\n')],
  ['says nothing', () => {}],
])('asks for nothing more when the API %s', async (_, first) => {
  const asked = await register(first);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(asked).toEqual([REGISTER]);
});
