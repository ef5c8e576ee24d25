import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type RequestListener,
  type Server,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { understoodSettings } from '@direct-logging/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  findBrokenOff,
  isFound,
  isInDefaultTenant,
  sendAndBreakOff,
  testRecord,
} from '../../src/doctor/test-record.ts';

const FOUND = JSON.stringify({ 'doctor.id': 'x', _stream_id: '0' });

/** What is answered to each query in turn; then nothing is found. */
let answers: string[];
let asked: IncomingHttpHeaders[];
let server: { readonly url: string; readonly headers: Record<string, string> };
const http = createServer((request, response) => {
  asked.push(request.headers);
  request.resume();
  response.end(`${answers.shift() ?? ''}\n`);
});

beforeEach(async () => {
  answers = [];
  asked = [];
  await once(http.listen(0, '127.0.0.1'), 'listening');
  server = { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, headers: {} };
});
afterEach(async () => {
  http.closeAllConnections();
  await new Promise((resolve) => http.close(resolve));
});

it('is one line with the names of this process, and its id', () => {
  const env = { VICTORIALOGS_URL: 'http://h', VICTORIALOGS_JOB: 'shop' };
  const settings = understoodSettings(env, () => 'host-1');
  if (settings === undefined) throw new Error('no settings');
  const line = testRecord(settings, 'x', 'a message');
  expect(line.indexOf('\n')).toBe(line.length - 1);
  expect(JSON.parse(line)).toMatchObject({
    _msg: 'a message',
    container_name: 'host-1',
    job: 'shop',
    'doctor.id': 'x',
  });
});

it('is looked for again until it is there', async () => {
  answers = ['', '', FOUND];
  expect(await isFound(server, 'x', 20_000, 5_000)).toBe(true);
  expect(asked).toHaveLength(3);
});

it.each([
  ['nothing is there', ''],
  ['the row has another id', FOUND.replace('"x"', '"y"')],
  ['the row is not of VictoriaLogs', '{"doctor.id":"x"}'],
])('is not found where %s', async (_, answer) => {
  answers = [answer];
  expect(await isFound(server, 'x', 0, 5_000)).toBe(false);
});

it('is looked for in the default tenant without the headers of its own, and only if that is another', async () => {
  const headers = { Authorization: 'Bearer t', AccountID: '7', ProjectID: '8' };
  answers = [FOUND];
  expect(await isInDefaultTenant({ ...server, headers }, 'x')).toBe(true);
  expect(asked[0]).toMatchObject({ authorization: 'Bearer t' });
  expect(asked[0]).not.toHaveProperty('accountid');
  expect(asked[0]).not.toHaveProperty('projectid');
  expect(await isInDefaultTenant(server, 'x')).toBe(false);
  expect(asked).toHaveLength(1);
});

describe('in a request that breaks off', () => {
  let other: Server | undefined;
  afterEach(async () => {
    other?.closeAllConnections();
    await new Promise((resolve) => other?.close(resolve));
  });

  async function listen(answer: RequestListener) {
    other = createServer(answer);
    await once(other.listen(0, '127.0.0.1'), 'listening');
    return { url: `http://127.0.0.1:${(other.address() as AddressInfo).port}`, headers: {} };
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
});
