import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { understoodSettings } from '@direct-logging/core';
import { afterEach, expect, it } from 'vitest';
import { findBrokenOff, sendAndBreakOff } from '../../src/doctor/broken-off.ts';

let server: Server | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
});

async function listen(answer: RequestListener) {
  server = createServer(answer);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, headers: {} };
}

function settings() {
  const understood = understoodSettings({ VICTORIALOGS_URL: 'http://h' }, () => 'h');
  if (understood === undefined) throw new Error('no settings');
  return understood;
}

it('sends a whole record in a request that has no end', async () => {
  let body = '';
  let isComplete: boolean | undefined;
  const there = await listen((request) => {
    request.on('data', (bytes) => {
      body += bytes;
    });
    request.on('close', () => {
      isComplete = request.complete;
    });
  });
  await sendAndBreakOff(there, settings(), 'x');
  await expect.poll(() => isComplete).toBe(false);
  expect(JSON.parse(body)).toMatchObject({ 'doctor.id': 'x' });
});

it('is done also when the server answers early, or is not there', async () => {
  const there = await listen((_, response) => response.end());
  await sendAndBreakOff(there, settings(), 'x');
  await sendAndBreakOff({ url: 'http://127.0.0.1:1', headers: {} }, settings(), 'x');
});

it.each<[string, RequestListener, string, RegExp]>([
  [
    'is stored',
    (_, response) => response.end('{"doctor.id":"x","_stream_id":"0"}\n'),
    'ok',
    /^a record of a request that broke off was stored$/,
  ],
  [
    'cannot be looked for',
    (_, response) => response.writeHead(403).end(),
    'note',
    /^its record cannot be looked for: /,
  ],
  ['is not stored', (_, response) => response.end(), 'warn', /^a record .* was not stored/],
])('says what it means that the record %s', async (_, answer, verdict, finding) => {
  const check = await findBrokenOff(await listen(answer), 'x');
  expect(check).toMatchObject({ name: 'broken request', verdict });
  expect(check.finding).toMatch(finding);
  expect(check.next !== undefined).toBe(verdict === 'warn');
});
