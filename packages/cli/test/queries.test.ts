import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { namedServer } from '@direct-logging/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ask } from '../src/queries.ts';

let answer: (request: IncomingMessage, response: ServerResponse) => void;
let http: Server;
let base: string;

beforeEach(async () => {
  http = createServer((request, response) => answer(request, response));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  base = `127.0.0.1:${(http.address() as AddressInfo).port}`;
});
afterEach(() => {
  http.closeAllConnections();
  http.close();
});

function askThere(env: NodeJS.ProcessEnv = {}) {
  return ask(namedServer({ VICTORIALOGS_URL: `http://me:secret@${base}`, ...env }), '*');
}

describe('the server that the environment names', () => {
  it.each([
    ['http://h:9428', 'http://h:9428'],
    ['http://h:9428/', 'http://h:9428'],
    ['https://h/prefix/', 'https://h/prefix'],
    ['http://h/prefix/insert/jsonline', 'http://h/prefix'],
    ['http://[::1]:9428/insert/jsonline/', 'http://[::1]:9428'],
  ])('asks for %s below %s', (given, url) => {
    expect(namedServer({ VICTORIALOGS_URL: given }).url).toBe(url);
  });

  it('takes credentials and tenant as the delivery does', () => {
    const env = { VICTORIALOGS_URL: 'http://me:p%40ss@h', VICTORIALOGS_ACCOUNT_ID: '12' };
    expect(namedServer(env)).toEqual({
      url: 'http://h',
      headers: { Authorization: `Basic ${btoa('me:p@ss')}`, AccountID: '12' },
    });
    const { headers } = namedServer({ ...env, VICTORIALOGS_BEARER_TOKEN: 't' });
    expect(headers.Authorization).toBe('Bearer t');
  });

  it.each(['', 'secret', 'ftp://me:secret@h'])('refuses %s', (url) => {
    const from = () => namedServer({ VICTORIALOGS_URL: url });
    expect(from).toThrow(/^VICTORIALOGS_URL: must be an http or https URL/);
    expect(from).not.toThrow(/secret/);
  });
});

describe('ask', () => {
  it('sends the query and gives the rows', async () => {
    answer = async (request, response) => {
      const [body] = await once(request.setEncoding('utf8'), 'data');
      const { method, url, headers } = request;
      response.end(`${JSON.stringify({ method, url, body, by: headers.authorization })}\n{}\n`);
    };
    expect(await askThere()).toEqual([
      {
        method: 'POST',
        url: '/select/logsql/query',
        body: 'query=*',
        by: `Basic ${btoa('me:secret')}`,
      },
      {},
    ]);
  });

  it('reads no answer without an end, however small it is on the way', async () => {
    const zeros = Buffer.alloc(1024 * 1024);
    const piece = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    for (const packed of [false, true]) {
      answer = (_, response) => {
        if (packed) response.setHeader('Content-Encoding', 'gzip');
        const more = () => {
          while (!response.destroyed && response.write(packed ? piece : zeros));
        };
        response.on('drain', more);
        more();
      };
      await expect(askThere()).rejects.toThrow('answers with more than 128 MiB: ask for less');
    }
  });

  it('takes no more rows than it has room for, however short they are', async () => {
    answer = (_, response) => response.end('{}\n'.repeat(1_000_001));
    await expect(askThere()).rejects.toThrow('answers with more than 1,000,000 rows: ask for less');
  });

  it('treats an answer that breaks off as no answer', async () => {
    answer = (_request, response) => {
      response.write('{"a":"1"}\n');
      setTimeout(() => response.destroy(), 20);
    };
    await expect(askThere()).rejects.toThrow(/does not answer/);
  });

  it.each([
    [401, 'who?', /answers 401: the credentials/],
    [
      400,
      'cannot parse `query` arg [a [b]]: x\n)]: missing it',
      /: cannot parse the query: missing it$/,
    ],
    [400, 'unsupported path requested', /vlagent takes no queries/],
    [200, '<html>', /not from VictoriaLogs/],
    [200, '{}\nnull', /not from VictoriaLogs/],
    [200, '["a"]', /not from VictoriaLogs/],
    [200, '"a"', /not from VictoriaLogs/],
    [200, '{"_msg":7}', /not from VictoriaLogs/],
  ])('says what %i with "%s" means', async (status, text, expected) => {
    answer = (_request, response) => response.writeHead(status).end(text);
    await expect(askThere()).rejects.toThrow(expected);
  });

  it.each([{}, { VICTORIALOGS_BEARER_TOKEN: 'secret\n' }])(
    'keeps credentials out of what it says about a server that does not answer (%o)',
    async (env) => {
      answer = (request) => request.socket.destroy();
      const error = await errorOf(() => askThere(env));
      expect(error.message).toContain('does not answer');
      expect(`${error.message}${error.stack}`).not.toContain('secret');
    },
  );

  it('repeats no credential that the server repeats', async () => {
    answer = ({ headers }, response) =>
      response
        .writeHead(400)
        .end(`${'x'.repeat(290)} ${headers.authorization} me:secret ${btoa('x:secret')}`);
    const error = await errorOf(() => askThere());
    expect(error.message).toContain('answers 400: xxx');
    expect(error.message).not.toMatch(/secret|bWU6|zZWNyZX/);
  });

  it.each(['secret\nsecret', 'secret€'])(
    'refuses the token %j without showing it',
    async (token) => {
      const error = await errorOf(async () => askThere({ VICTORIALOGS_BEARER_TOKEN: token }));
      expect(error.message).toMatch(
        /^VICTORIALOGS_BEARER_TOKEN: must be printable ASCII without blanks/,
      );
      expect(`${error.message}${error.stack}`).not.toContain('secret');
    },
  );
});

async function errorOf(work: () => Promise<unknown>): Promise<Error> {
  return work().then(
    () => new Error('no error'),
    (thrown) => thrown,
  );
}
