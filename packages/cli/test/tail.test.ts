import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { namedServer } from '@direct-logging/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Row } from '../src/queries.ts';
import { SeenRows, tail } from '../src/tail.ts';

afterEach(() => vi.useRealTimers());

it('ends when an answer is too large: the next one would be larger', async () => {
  const packed = gzipSync(Buffer.alloc(129 * 1024 * 1024));
  let asked = 0;
  const server = http.createServer((request, response) => {
    request.resume();
    if (asked++ === 0) response.end();
    else response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const ended = new AbortController();
  const tailing = tail(namedServer({ VICTORIALOGS_URL: `http://127.0.0.1:${port}` }), {
    ...{ filter: '', level: undefined, sinceMs: 1_000, follow: true },
    ...{ show: () => {}, signal: ended.signal, pauseMs: 1, say: () => ended.abort() },
  });
  await expect(tailing).rejects.toThrow('more than 128 MiB');
  server.close();
});

it.each([404, 413])(
  'goes on when a server that has answered before refuses (%i), however long ago that was',
  async (status) => {
    const statuses = [200, status, 200];
    const server = http.createServer((request, response) => {
      request.resume();
      response.writeHead(statuses.shift() ?? 200).end();
      // In the pause: the next question is asked a minute later.
      if (statuses.length > 0) setTimeout(() => vi.setSystemTime(Date.now() + 60_000), 300);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    vi.useFakeTimers({ toFake: ['Date'] });
    const { port } = server.address() as AddressInfo;
    const ended = new AbortController();
    const said: string[] = [];
    await tail(namedServer({ VICTORIALOGS_URL: `http://127.0.0.1:${port}` }), {
      ...{ filter: '', level: undefined, sinceMs: 1_000, follow: true },
      ...{ show: () => {}, signal: ended.signal, pauseMs: 600 },
      say: (sentence) => {
        said.push(sentence);
        if (sentence.endsWith('answers again')) ended.abort();
      },
    });
    server.close();
    expect(said).toEqual([
      expect.stringContaining(`answers ${status}`),
      expect.stringContaining('answers again'),
    ]);
  },
);

const numbered = (seq: number) => ({ _msg: 'x', 'shipper.id': 'a', 'shipper.seq': String(seq) });

describe('SeenRows', () => {
  it('gives what the answer before did not have, wherever it stands', () => {
    const seen = new SeenRows();
    expect(seen.newAmong([numbered(1), numbered(3)])).toHaveLength(2);
    expect(seen.newAmong([numbered(1), numbered(2), numbered(3), numbered(4)])).toEqual([
      numbered(2),
      numbered(4),
    ]);
  });

  it('takes a record that is stored twice for one, in one answer or in two', () => {
    const seen = new SeenRows();
    const copy = { ...numbered(1), _stream_id: 'other' };
    expect(seen.newAmong([numbered(1), copy])).toEqual([numbered(1)]);
    expect(seen.newAmong([copy, numbered(1), copy])).toEqual([]);
  });

  it('does not take a row for a copy that has the numbers of another one, but another message', () => {
    const [genuine, forged] = ['genuine', 'forged'].map(
      (_msg): Row => ({ 'shipper.id': 'x', 'shipper.seq': '1', _msg }),
    ) as [Row, Row];
    expect(new SeenRows().newAmong([forged, genuine, genuine])).toEqual([forged, genuine]);
  });

  it('takes equal rows without numbers for as many lines', () => {
    const seen = new SeenRows();
    const row = { _msg: 'tick', _time: 't' };
    expect(seen.newAmong([row, row])).toHaveLength(2);
    expect(seen.newAmong([row, row, row])).toEqual([row]);
  });
});
