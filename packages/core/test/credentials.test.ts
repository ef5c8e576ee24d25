/** Servers that repeat what they were sent, as proxies with a page for errors do: it is told without the credentials. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { createTransport } from '../src/transport.ts';

afterEach(() => vi.restoreAllMocks());

it('shows no credential in a warning or in debug when a 403 repeats the request', async () => {
  const server = createServer(({ headers }, response) => {
    const pair = Buffer.from(
      headers.authorization?.slice('Basic '.length) ?? '',
      'base64',
    ).toString();
    // A page in UTF-8 that repeats something in Latin-1.
    const said = [`you sent ${JSON.stringify(headers)} for ${pair}, `, Buffer.from(pair, 'latin1')];
    response.writeHead(403).end(Buffer.concat(said.map((part) => Buffer.from(part))));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const said: string[] = [];
  const say = (text: string) => said.push(text);
  vi.spyOn(process as unknown as { _rawDebug(text: string): void }, '_rawDebug').mockImplementation(
    say,
  );
  vi.spyOn(process, 'emitWarning').mockImplementation((warning) => say(String(warning)));

  const { port } = server.address() as AddressInfo;
  const url = `http://scott:tïger-1@127.0.0.1:${port}`;
  const transport = createTransport({ url, debug: true });
  transport.write({ text: 'a line' });
  await vi.waitFor(() =>
    expect(said.join('\n')).toMatch(/refuses log records: status 403: you sent/),
  );
  await transport.close({ timeoutMs: 0 });
  server.closeAllConnections();
  server.close();

  expect(said[0]).toContain(
    `settings: process ${process.pid}, Node ${process.versions.node}, url=http://127.0.0.1:${port}/insert/jsonline (code) credentials=Basic level=`,
  );
  expect(said.join('\n')).toMatch(/failure 1: status 403/);
  expect(said.join('\n')).not.toMatch(/ger-1|scott|c2NvdH/);
});

it('follows no redirect, and names its target', async () => {
  const asked: (string | undefined)[] = [];
  const other = createServer(({ url }, response) => {
    asked.push(url);
    response.end();
  });
  other.listen(0, '127.0.0.1');
  await once(other, 'listening');
  const target = `127.0.0.1:${(other.address() as AddressInfo).port}/there`;
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(307, { location: `http://scott:tiger-1@${target}?tenant=7` }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const said: string[] = [];
  const raw = process as unknown as { _rawDebug(text: string): void };
  vi.spyOn(raw, '_rawDebug').mockImplementation((text) => said.push(text));
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const transport = createTransport({ url, accountId: 7, debug: true });
  transport.write({ text: 'a line' });
  await vi.waitFor(() => expect(said.join()).toContain(`redirected to http://${target}, which`));
  await transport.close({ timeoutMs: 0 });
  for (const one of [server, other]) {
    one.closeAllConnections();
    one.close();
  }
  expect(asked).toEqual([]);
  expect(said.join()).not.toMatch(/tiger|[?]tenant/);
});
