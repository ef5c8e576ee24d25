import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { pinoDestination } from '../src/destination.ts';
import { routeOf, workersOf } from '../src/route.ts';

const file = { fd: 17, file: 'app.log' };
const buffered = { fd: 1, sync: false };
const direct = { fd: 1, sync: true };
const unknown = { write() {} };
const ours = pinoDestination();
const elsewhere = pinoDestination({ url: 'http://127.0.0.1:1' });

function multistream(...streams: [stream: object, level: number][]) {
  return { streams: streams.map(([stream, level]) => ({ stream, level })) };
}

test.each([
  ['descriptor 1', direct, 'printed'],
  ['descriptor 2', { fd: 2 }, 'printed'],
  ['process.stdout', process.stdout, 'printed'],
  ['a file that is not open yet', { fd: -1, file: 'app.log' }, 'ship'],
  ['a worker thread', { worker: { threadId: 1 } }, 'ship'],
  ['an object that has write', unknown, 'watch'],
  ['streams that all lead elsewhere', multistream([file, 30], [file, 50]), 'ship'],
  [
    'one that prints later beside one that does not',
    multistream([buffered, 30], [file, 30]),
    'stdout',
  ],
  ['descriptor 1 behind a buffer', buffered, 'stdout'],
  ['descriptor 2 behind a buffer', { fd: 2, minLength: 4096 }, 'stderr'],
  ['one that prints now beside one that does not', multistream([direct, 30], [file, 30]), 'watch'],
  ['streams that do not take the level', multistream([file, 50]), 'leave'],
  ['a destination of ours', ours, 'leave'],
  ['one of ours beside a file', multistream([ours, 30], [file, 30]), 'leave'],
  ['one of ours beside descriptor 1', multistream([ours, 30], [direct, 30]), 'shipped and printed'],
  [
    'one of ours with its own server beside it',
    multistream([elsewhere, 30], [direct, 30]),
    'printed',
  ],
])('%s', (_name, destination, expected) => {
  expect(routeOf(destination, 30)).toBe(expected);
});

test('what a stream is piped to counts', () => {
  const first = new PassThrough();
  const second = new PassThrough();
  first.pipe(second).pipe(process.stdout);
  expect(routeOf(first, 30)).toBe('leave');
  first.unpipe(second);
  expect(routeOf(first, 30)).toBe('watch');
});

test('the worker threads behind a multistream are found by level', () => {
  const worker = { threadId: 3, stdout: undefined };
  expect(workersOf(multistream([{ worker }, 50], [file, 10]), 30)).toEqual([]);
  expect(workersOf(multistream([{ worker }, 30], [file, 10]), 30)).toEqual([worker]);
});
