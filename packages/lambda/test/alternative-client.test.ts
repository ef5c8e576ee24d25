import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hookAlternativeClient } from '../src/alternative-client.ts';

const NEXT = '/2018-06-01/runtime/invocation/next';

let server: http.Server;
let log: string[];
let undo: () => void;
let letGo: () => void;

beforeEach(async () => {
  log = [];
  server = http.createServer((request, response) => {
    log.push(`server ${request.method} ${request.url}`);
    response.setHeader('Lambda-Runtime-Aws-Request-Id', 'r1');
    response.end('{"n":"ä"}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const waiting = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  undo = hookAlternativeClient({
    beforeNext: () => {
      log.push('before next');
      return waiting;
    },
    begin: (headers, event) =>
      log.push(`begin ${headers?.['lambda-runtime-aws-request-id']} ${event}`),
    context: () => undefined,
    stop: () => {},
  });
});

afterEach(() => {
  undo();
  server.close();
});

/** Asks as the runtime client does. */
function ask(path: string, method = 'GET'): Promise<string> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const request = http.request({ hostname: '127.0.0.1', port, path, method }, (response) => {
      let data = '';
      response
        .setEncoding('utf-8')
        .on('data', (text) => {
          data += text;
        })
        .on('end', () => {
          log.push('client has it');
          resolve(data);
        });
    });
    request.on('error', reject).end();
  });
}

describe('hookAlternativeClient', () => {
  it('lets the request for the next invocation wait, and reads the answer along', async () => {
    const answer = ask(NEXT);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(log).toEqual(['before next']);
    letGo();
    expect(await answer).toBe('{"n":"ä"}');
    expect(log).toEqual([
      'before next',
      `server GET ${NEXT}`,
      'client has it',
      'begin r1 {"n":"ä"}',
    ]);
  });

  it('leaves every other request alone', async () => {
    await ask('/2018-06-01/runtime/invocation/r1/response', 'POST');
    await ask('/elsewhere');
    expect(log.filter((line) => line.startsWith('b'))).toEqual([]);
  });

  it('puts back what it found', () => {
    const hooked = http.request;
    undo();
    expect(http.request).not.toBe(hooked);
  });
});
