import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Answer, AnswerReader } from '../../../src/senders/write-through/answer.ts';
import { processorMs } from '../../processor-time.ts';

function read(text: string, pieces: readonly number[] = []): Answer | undefined {
  const reader = new AnswerReader();
  const bytes = Buffer.from(text, 'latin1');
  let answer: Answer | undefined;
  let at = 0;
  for (const piece of [...pieces, bytes.length]) {
    const end = Math.min(bytes.length, at + piece);
    if (end > at) answer = reader.read(bytes.subarray(at, end)) ?? answer;
    at = end;
  }
  return answer;
}

describe('AnswerReader', () => {
  it.each([
    ['HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', { status: 200, reusable: true, body: '' }],
    ['HTTP/1.1 204 No Content\r\n\r\n', { status: 204, reusable: true }],
    [
      'HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n',
      { status: 200, reusable: false },
    ],
    [
      'HTTP/1.1 429 Slow\r\nRetry-After: 3\r\nContent-Length: 4\r\n\r\nwait',
      { status: 429, retryAfter: '3', body: 'wait' },
    ],
    [
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
      { status: 200, reusable: true },
    ],
    [
      'HTTP/1.1 502 Bad\r\nTransfer-Encoding: chunked\r\n\r\n4\r\noops\r\n0\r\n\r\n',
      { status: 502, reusable: false, body: 'oops' },
    ],
    [
      'HTTP/1.1 400 Bad\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08',
      { status: 400, reusable: true, body: '' },
    ],
    // In UTF-8.
    [`HTTP/1.1 400 Bad\r\nContent-Length: 5\r\n\r\n\xc3\xbcber`, { status: 400, body: 'über' }],
    [
      'HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Length: 0\r\n\r\n',
      { status: 200, date: 'Thu, 01 Jan 2026 00:00:00 GMT' },
    ],
    ['HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n', { status: 200, reusable: false }],
  ])('reads %j', (text, expected) => {
    expect(read(text)).toMatchObject(expected);
  });

  it('reads the same from any pieces', () => {
    const text = 'HTTP/1.1 503 Busy\r\nRetry-After: 9\r\nContent-Length: 11\r\n\r\nhello world';
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 })), (pieces) => {
        expect(read(text, pieces)).toEqual(read(text));
      }),
    );
  });

  it('searches a head that comes byte by byte once', () => {
    const ms = processorMs(() => {
      const text = `HTTP/1.1 200 OK\r\nA: ${'\r'.repeat(65_000)}\r\n\r\n`;
      expect(read(text, Array(text.length).fill(1))?.status).toBe(200);
    });
    expect(ms).toBeLessThan(20_000);
  });

  it('reads one answer after the other', () => {
    const reader = new AnswerReader();
    const ok = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    expect(reader.read(ok)?.status).toBe(200);
    expect(reader.read(ok)?.status).toBe(200);
  });

  it('refuses what is no HTTP', () => {
    expect(() => read('SSH-2.0-OpenSSH\r\n\r\n')).toThrow(/does not answer in HTTP/);
    expect(() => read('x'.repeat(70_000))).toThrow(/endless head/);
    expect(() => read('HTTP/1.1 100 Continue\r\n\r\n'.repeat(17))).toThrow(/interim/);
  });
});
