import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, it } from 'vitest';
import { startFaultProxy } from './fault-proxy.ts';

it('counts lines, wherever the network cuts them', async () => {
  const server = createServer((request, response) => request.resume().pipe(response)).listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const proxy = await startFaultProxy(`http://127.0.0.1:${port}`);
  const client = connect(Number(new URL(proxy.url).port), '127.0.0.1').setNoDelay();
  const body = '{"_msg":"1"}\n{"_msg":"2"}\n';
  const request = `POST / HTTP/1.1\r\nHost: _\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  for (const character of `${request}${request}`) {
    client.write(character);
    await new Promise((done) => setTimeout(done, 1));
  }
  await expect.poll(() => proxy.seen).toMatchObject({ requests: 2, lines: 4 });
  client.destroy();
  await proxy.stop();
  server.close();
});

it('says how long a server waits for the rest of a request that is swallowed', async () => {
  const server = createServer((request) => request.resume()).listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const proxy = await startFaultProxy(`http://127.0.0.1:${port}`);
  const send = (text: string) => {
    const client = connect(Number(new URL(proxy.url).port), '127.0.0.1').setNoDelay();
    client.write(text);
    return client;
  };
  const head = 'POST / HTTP/1.1\r\nHost: _\r\nContent-Length: 9\r\n\r\n';
  const begun = send(`${head}12`);
  await once(server, 'request');
  await proxy.misbehave({ kind: 'hang' });
  const unseen = send(head);
  await expect.poll(() => proxy.seen.connections).toBe(2);
  const beforeMs = performance.now();
  for (const client of [begun, unseen]) client.write('345');
  await new Promise((done) => setTimeout(done, 50));
  for (const client of [begun, unseen]) client.destroy();
  await expect.poll(() => proxy.seen.halfRequests).toHaveLength(1);
  const [{ fromMs, toMs }] = proxy.seen.halfRequests as [{ fromMs: number; toMs: number }];
  expect(fromMs).toBeGreaterThanOrEqual(beforeMs);
  expect(toMs - fromMs).toBeGreaterThanOrEqual(40);
  await proxy.stop();
  server.close();
});
