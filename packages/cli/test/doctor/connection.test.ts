import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectionSteps } from '../../src/doctor/connection.ts';

let server: Server;
let port: number;

beforeAll(async () => {
  server = createServer((_, response) => response.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

it.each([
  ['http://127.0.0.1:PORT', ['TCP ok'], undefined],
  ['https://127.0.0.1:PORT', ['TCP ok', 'TLS fail'], /http:\/\/ if this port speaks no TLS/],
  ['http://localhost:1', ['DNS ok', 'TCP fail'], /localhost is the container itself/],
  ['http://none.invalid', ['DNS fail', 'TCP fail'], /correct the host/],
  ['unix:/none/of.sock', ['socket fail'], /-httpListenAddr=unix:\/none\/of\.sock/],
])('%s: %j', async (url, expected, advice) => {
  const checks = [];
  const steps = connectionSteps({ url: url.replace('PORT', String(port)), headers: {} });
  for await (const check of steps) checks.push(check);
  expect(checks.map(({ name, verdict }) => `${name} ${verdict}`)).toEqual(expected);
  const bad = checks.find(({ verdict }) => verdict === 'fail');
  if (advice === undefined) expect(bad).toBeUndefined();
  else expect(bad?.next).toMatch(advice);
});
