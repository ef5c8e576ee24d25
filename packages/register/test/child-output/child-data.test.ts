import { ChildProcess } from 'node:child_process';
import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import {
  type LineReader,
  readData,
  watchData,
  watchSent,
} from '../../src/child-output/child-data.ts';

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

it('cuts what a program of pm2 sends, each stream for itself, and nothing else that it sends', () => {
  const readers = [collector(), collector()];
  const child = new ChildProcess();
  let opened = 0;
  watchSent(child, () => readers[opened++] as LineReader);
  for (const message of [
    { type: 'log:out', data: 'a\nb' },
    { type: 'log:err', data: 'x\n' },
    { type: 'process:msg', data: 'y\n' },
    'text',
    null,
    { type: 'log:out', data: 'c' },
  ]) {
    child.emit('message', message);
  }
  child.emit('close');
  expect(readers.map(({ lines }) => lines)).toEqual([['a', 'bc'], ['x']]);
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
