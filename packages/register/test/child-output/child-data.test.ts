import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { type LineReader, readData, watchData } from '../../src/child-output/child-data.ts';

/** Collects the lines of one child. */
function collector(): LineReader & { readonly lines: string[] } {
  const lines: string[] = [];
  return { lines, take: (more) => void lines.push(...more), end: () => {} };
}

it('cuts lines wherever the pieces end, and ends the last one', async () => {
  const reader = collector();
  const stream = Readable.from([
    Buffer.from('a\nb'),
    Buffer.from('c\n\nd\u00e4').subarray(0, 5),
    Buffer.from([0xa4]),
  ]);
  watchData(stream, reader);
  stream.on('data', () => {});
  await new Promise((resolve) => stream.on('end', resolve));
  expect(reader.lines).toEqual(['a', 'bc', '', 'd\u00e4']);
});

it('gives up a line that does not end, and goes on with the next', async () => {
  const reader = collector();
  const piece = Buffer.alloc(2 ** 20, 'a');
  function* pieces(): Generator<Buffer> {
    yield Buffer.from('first\n');
    yield piece;
    yield piece;
    yield Buffer.from('end\nlast\n');
  }
  const stream = Readable.from(pieces());
  watchData(stream, reader);
  stream.on('data', () => {});
  await new Promise((resolve) => stream.on('end', resolve));
  // Not compared as a whole: a failure would print it.
  expect(reader.lines.map((line) => line.slice(0, 9))).toEqual(['first', 'last']);
});

it('cuts what it is given at once', () => {
  const reader = collector();
  readData(Buffer.from('a\nb'), reader);
  expect(reader.lines).toEqual(['a', 'b']);
});
