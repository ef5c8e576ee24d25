import { describe, expect, it } from 'vitest';
import { Block, IMPORTANCE } from '../../../src/senders/block.ts';
import { Framing, LAST_CHUNK } from '../../../src/senders/write-through/framing.ts';
import { serverUrl } from '../../../src/settings/server-url.ts';

function framingFor(url: string, headers = {}): Framing {
  const endpoint = serverUrl.read(url)?.endpoint;
  if (endpoint === undefined) throw new Error(`It is no URL: ${url}`);
  return new Framing(endpoint, headers);
}

function rangeOf(...lines: readonly string[]) {
  const block = new Block(1 << 20);
  for (const line of lines) block.append(line, IMPORTANCE.ordinary, 0);
  return { block, from: 0, to: lines.length, bytes: 0 };
}

describe('the head', () => {
  it.each([
    ['http://h', 'h'],
    ['http://h:9428', 'h:9428'],
    ['https://h', 'h'],
    ['https://h:80', 'h:80'],
    ['http://[::1]:9428', '[::1]:9428'],
    ['unix:/run/vl.sock', 'localhost'],
  ])('for %s names the host %s', (url, host) => {
    expect(framingFor(url).empty.toString()).toContain(`\r\nHost: ${host}\r\n`);
  });

  it('has the path and the headers, and ends before the first chunk', () => {
    const framing = framingFor('http://h/prefix', { AccountID: '7', 'Content-Type': 'a/b' });
    expect(framing.empty.toString('latin1')).toBe(
      'POST /prefix/insert/jsonline HTTP/1.1\r\nHost: h\r\nAccountID: 7\r\nContent-Type: a/b\r\n' +
        'Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    );
  });
});

describe('begin', () => {
  const framing = framingFor('http://h');
  const head = framing.empty.toString('latin1').slice(0, -LAST_CHUNK.length);
  const begun = (bytes: number) => framing.buffer.toString('latin1', 0, bytes);

  it('puts lines after the head, and the end if the request is whole', () => {
    const chunks = '00001\r\na\r\n00002\r\nbc\r\n';
    expect(begun(framing.begin(rangeOf('a', 'bc'), false))).toBe(head + chunks);
    expect(begun(framing.begin(rangeOf('a', 'bc'), true))).toBe(`${head + chunks}0\r\n\r\n`);
  });

  it('begins in the middle of a block', () => {
    expect(begun(framing.begin({ ...rangeOf('a', 'b', 'c'), from: 1, to: 2 }, false))).toBe(
      `${head}00001\r\nb\r\n`,
    );
  });

  it('makes room for more lines than it had, and still has the head', () => {
    const line = 'x'.repeat(100_000);
    const text = begun(framing.begin(rangeOf(line, line), true));
    expect(text).toBe(`${head}186a0\r\n${line}\r\n186a0\r\n${line}\r\n0\r\n\r\n`);
    expect(begun(framing.begin(rangeOf('a'), true))).toBe(`${head}00001\r\na\r\n0\r\n\r\n`);
  });

  it('does not touch bytes that the kernel has not yet taken', () => {
    const bytes = framing.begin(rangeOf('a'), true);
    const before = framing.buffer.subarray(0, bytes);
    framing.leaveBuffer();
    framing.begin(rangeOf('b'), true);
    expect(before.toString('latin1')).toBe(`${head}00001\r\na\r\n0\r\n\r\n`);
  });
});
