import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Block,
  type BlockRange,
  bytesOf,
  cut,
  FRAME_BYTES,
  IMPORTANCE,
  RequestLines,
  sizeOf,
} from '../../src/senders/block.ts';

const { copy: COPY, ordinary: INFO, important: WARN } = IMPORTANCE;

function blockOf(...lines: readonly string[]): Block {
  const block = new Block(1 << 20);
  for (const line of lines) block.append(line, INFO, 0);
  return block;
}

const rangeOf = (block: Block, from: number, to: number): BlockRange => ({
  block,
  from,
  to,
  bytes: 0,
});
const textsOf = (block: Block): string[] =>
  Array.from({ length: block.lines }, (_, at) => bytesOf(rangeOf(block, at, at + 1)).toString());

/** The texts of chunks, as a server reads them. */
function chunksIn(bytes: Buffer): string[] {
  const chunks: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const head = bytes.indexOf('\r\n', at);
    const size = Number.parseInt(bytes.toString('latin1', at, head), 16);
    const end = head + 2 + size;
    chunks.push(bytes.toString('utf8', head + 2, end));
    if (bytes.toString('latin1', end, end + 2) !== '\r\n')
      throw new Error(`No line end at ${end}.`);
    at = end + 2;
  }
  return chunks;
}

describe('append', () => {
  it('frames any lines as chunks of HTTP/1.1', () => {
    const line = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), (texts) => {
        const lines = texts.map((text) => text.toWellFormed());
        const block = blockOf(...lines);
        expect(chunksIn(block.buffer.subarray(0, block.used))).toEqual(lines);
        expect(textsOf(block)).toEqual(lines);
      }),
      { numRuns: 30 },
    );
  });

  it('frames the longest line that the server takes', () => {
    const line = 'x'.repeat(2 ** 18);
    const block = blockOf(line);
    expect(chunksIn(block.buffer.subarray(0, block.used))).toEqual([line]);
  });

  it('takes a line that fits to the byte, and no longer one', () => {
    const block = new Block(10 + FRAME_BYTES);
    expect(block.append(`${'é'.repeat(5)}x`, INFO, 0)).toBe(0);
    expect([block.lines, block.used]).toEqual([0, 0]);
    expect(block.append('é'.repeat(5), INFO, 0)).toBe(10);
    expect([block.lines, block.used]).toEqual([1, 10 + FRAME_BYTES]);
  });

  it('remembers importance and tag of each line, also of those before the first tag', () => {
    const block = new Block(1 << 12);
    block.append('a', WARN, 0);
    expect(block.least).toBe(WARN);
    block.append('b', COPY, 2 ** 40);
    block.append('c', INFO, 0);
    expect([0, 1, 2].map((line) => block.importanceOf(line))).toEqual([WARN, COPY, INFO]);
    expect([0, 1, 2].map((line) => block.tagOf(line))).toEqual([0, 2 ** 40, 0]);
    expect(block.least).toBe(COPY);
  });
});

describe('settle', () => {
  it('moves on in whatever order the lines are settled', () => {
    const block = blockOf('a', 'b', 'c', 'd');
    block.settle(rangeOf(block, 2, 3));
    block.settle(rangeOf(block, 1, 2));
    expect([block.settled, block.settledThrough]).toEqual([2, 0]);
    block.settle(rangeOf(block, 0, 1));
    expect([block.settled, block.settledThrough]).toEqual([3, 3]);
    block.settle(rangeOf(block, 3, 4));
    expect(block.settledThrough).toBe(4);
  });
});

describe('moveTo', () => {
  it('keeps lines with importance and tag, and forgets the others', () => {
    const block = new Block(1 << 12);
    for (const [at, line] of ['a', 'bb', 'ccc', 'dddd'].entries())
      block.append(line, at === 2 ? WARN : INFO, at + 10);
    block.settle(rangeOf(block, 0, 2));
    block.moveTo(block, [1, 2]);
    expect(textsOf(block)).toEqual(['bb', 'ccc']);
    expect([block.tagOf(0), block.tagOf(1), block.importanceOf(1)]).toEqual([11, 12, WARN]);
    expect([block.settled, block.settledThrough]).toEqual([0, 0]);
    const other = blockOf('x');
    block.moveTo(other, [1]);
    expect(textsOf(block)).toEqual([]);
    expect(textsOf(other)).toEqual(['x', 'ccc']);
    expect([other.tagOf(0), other.tagOf(1), other.importanceOf(1)]).toEqual([0, 12, WARN]);
  });
});

it('takeText takes text and importance from the other block, and keeps tags and what is settled', () => {
  const block = new Block(40);
  block.append('a', WARN, 7);
  block.append('b', INFO, 0);
  block.settle(rangeOf(block, 0, 1));
  const longer = new Block(1 << 10);
  longer.append('a'.repeat(100), INFO, 0);
  longer.append('b'.repeat(100), WARN, 0);
  block.takeText(longer);
  expect(textsOf(block)).toEqual(['a'.repeat(100), 'b'.repeat(100)]);
  expect([block.tagOf(0), block.tagOf(1)]).toEqual([7, 0]);
  expect([block.importanceOf(0), block.importanceOf(1)]).toEqual([INFO, WARN]);
  expect([block.lines, block.settledThrough]).toEqual([2, 1]);
});

describe('cut', () => {
  it('gives the most lines that fit, but one at least', () => {
    const bytes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(bytes, fc.nat(2_000), (lengths, max) => {
        const block = blockOf(...lengths.map((length) => 'x'.repeat(length)));
        const whole = rangeOf(block, 0, block.lines);
        const range = cut(whole, max);
        let [fits, size] = [0, 0];
        for (const length of lengths) {
          size += length + FRAME_BYTES;
          if (size <= max) fits++;
        }
        expect(range).toMatchObject({ from: 0, to: Math.max(1, fits) });
        expect(range.bytes).toBe(sizeOf(range));
        expect(range.bytes).toBe(bytesOf(range).length);
      }),
    );
  });
});

describe('the lines of a request', () => {
  const range = (block: Block, from: number, to: number) => ({ block, from, to, bytes: to - from });
  function requestOf(one: Block, other: Block): RequestLines {
    const request = new RequestLines();
    for (const each of [range(one, 0, 1), range(one, 1, 3), range(other, 3, 4)]) request.add(each);
    return request;
  }

  it('are joined where they follow each other, and given back as a whole', () => {
    const [one, other] = [blockOf(...'abcd'), blockOf(...'abcd')];
    const request = requestOf(one, other);
    expect([request.count, request.bytes]).toEqual([4, 4]);
    expect(request.takeAll()).toEqual([range(one, 0, 3), range(other, 3, 4)]);
    expect(request).toEqual(new RequestLines());
  });

  it('are counted from the end, those that are cut included', () => {
    const request = requestOf(blockOf(...'abcd'), blockOf(...'abcd'));
    const frame = FRAME_BYTES + 1;
    expect([-5, 0, 1, frame, frame + 1, 99 * frame].map((bytes) => request.lastIn(bytes))).toEqual([
      ...[0, 0, 1, 1, 2, 4],
    ]);
  });
});
