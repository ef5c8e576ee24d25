import dns from 'node:dns';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, ListenOptions } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { expect, it, onTestFinished, vi } from 'vitest';
import { CommandError } from '../src/command-error.ts';
import { connectionSteps } from '../src/doctor/connection.ts';
import { fetchFrom } from '../src/fetch-from.ts';

const LOCAL: ListenOptions = { host: '127.0.0.1', port: 0 };

async function listen(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  where: ListenOptions = LOCAL,
): Promise<string> {
  const server: Server = createServer(answer);
  await once(server.listen(where), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return where.path ?? `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const seen = ({ url, headers }: IncomingMessage, response: ServerResponse): void => {
  response.end(JSON.stringify([url, headers.accountid, headers.accept]));
};

it('asks below the prefix of the server, with its headers and those of the request', async () => {
  const server = { url: `${await listen(seen)}/logs`, headers: { AccountID: '7' } };
  const response = await fetchFrom(server, '/a?b=c', { headers: { Accept: 'text/plain' } });
  expect(await response.json()).toEqual(['/logs/a?b=c', '7', 'text/plain']);
});

it('asks a server on a unix socket', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fetch-from-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = await listen(seen, { path: join(folder, 'a.sock') });
  const response = await fetchFrom({ url: `unix:${path}:/logs`, headers: {} }, '/a', {});
  expect(await response.json()).toEqual(['/logs/a', null, '*/*']);
});

it('asks for the certificate of a host without the dot at its end', async () => {
  const names: string[] = [];
  const server = createTlsServer({
    SNICallback: (name, refuse) => {
      names.push(name);
      refuse(new Error('no certificate'));
    },
  });
  await once(server.listen(LOCAL), 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const { lookup } = dns;
  const looked = vi.spyOn(dns, 'lookup').mockImplementation(((_, ...rest) => {
    Reflect.apply(lookup, dns, ['127.0.0.1', ...rest]);
  }) as (...args: unknown[]) => void as typeof lookup);
  onTestFinished(() => void looked.mockRestore());
  const named = { url: `https://vl.monitoring.svc.:${port}`, headers: {} };
  await expect(fetchFrom(named, '/a', {})).rejects.toThrow('fetch failed');
  for await (const check of connectionSteps(named)) expect(check.name).toMatch(/DNS|TCP|TLS/);
  expect(looked).toHaveBeenCalledWith('vl.monitoring.svc.', expect.anything(), expect.anything());
  expect(names).toEqual(['vl.monitoring.svc', 'vl.monitoring.svc']);
});

it.each([301, 302, 307, 308])(
  'does not follow a redirect (%i), and names its target',
  async (status) => {
    const asked: (string | undefined)[] = [];
    const other = await listen(({ url }, response) => {
      asked.push(url);
      response.end();
    });
    const location = `${other.replace('//', '//me:secret@')}/there/tok-12345?token=secret`;
    const url = await listen((_, response) => response.writeHead(status, { location }).end());
    const headers = { Authorization: 'Bearer tok-12345' };
    const error = await fetchFrom({ url, headers }, '/here', {}).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(CommandError);
    expect(error.message).toContain(
      `${url}/here is redirected to ${other}/there/*** (status ${status})`,
    );
    expect(error.message).not.toContain('secret');
    expect(asked).toEqual([]);
  },
);

it.each([
  [200, 500_000, 'x'.repeat(2 ** 20)],
  [401, 500_000, 'x'.repeat(2 ** 20)],
  [307, 1, 'redirected'],
])('leaves the rest of an answer that is endless: %i', async (status, bytes, text) => {
  let hasLeft = false;
  const url = await listen((_, response) => {
    response.writeHead(status, status < 400 ? { location: '/there' } : {});
    const more = setInterval(() => response.write('x'.repeat(bytes)));
    response.on('close', () => {
      clearInterval(more);
      hasLeft = true;
    });
  });
  const said = await fetchFrom({ url, headers: {} }, '/a', {})
    .then((response) => response.text())
    .catch(({ message }: Error) => message);
  expect(said).toContain(text);
  await vi.waitFor(() => expect(hasLeft).toBe(true));
});

it('asks past the agent of Node, which may lead through a proxy, as lines go', async () => {
  const url = await listen(seen);
  const key = Symbol.for('undici.globalDispatcher.1');
  const holder = globalThis as { [key]?: unknown };
  const before = holder[key];
  holder[key] = {
    dispatch() {
      throw new Error('asked the proxy');
    },
  };
  onTestFinished(() => {
    holder[key] = before;
  });
  expect((await fetchFrom({ url, headers: {} }, '/a', {})).status).toBe(200);
});
