import { describe, expect, it } from 'vitest';
import * as lineKeys from '../../src/child-output/lines.ts';
import { LineQueue, LineSet } from '../../src/child-output/lines.ts';

const SECRET = Int32Array.of(1, 2);
const keyOf = (line: string) => lineKeys.keyOf(line, SECRET);
const keysOf = (text: string) => lineKeys.keysOf(text, SECRET);
const lines = Array.from({ length: 20_000 }, (_, index) => `order ${index} has been paid`);

it('tells lines apart that differ in one character, wherever it stands', () => {
  const keys = new Set(lines.map(keyOf));
  expect(keys.size).toBe(lines.length);
  expect(lines.filter((line) => keys.has(keyOf(`${line}.`)))).toEqual([]);
});

it('gives a line other keys with another secret', () => {
  expect(lineKeys.keyOf('done', Int32Array.of(1, 3))).not.toBe(keyOf('done'));
});

it('tells lines apart that somebody has made equal for FNV, with every odd seed', () => {
  const lineOf = (bits: string) => bits.replace(/./g, (bit) => String.fromCharCode(Number(bit)));
  const [one, other] = [
    '0110110011000110101110110000011110100011',
    '0111110011001010111001111101100011011000',
  ].map(lineOf) as [string, string];
  expect(keyOf(one)).not.toBe(keyOf(other));
});

it.each([
  ['colors', '\u001b[32mdone\u001b[39m'],
  ['the return before a newline', 'done\r'],
  ['clearing', '\r\u001b[2K\u001b[1Gdone'],
])('knows a line without %s', (_, line) => {
  expect(keyOf(line)).toBe(keyOf('done'));
});

it.each([
  'login failed\rdone',
  'login failed\r\u001b[2Kdone',
  'login failed\u001b[2K\u001b[1Gdone',
  'done\rlogin failed',
  '\u001b]8;;https://example.com/login-failed\u0007done',
  '\u001bPlogin failed\u001b\\done',
])('takes no line with more in it for the one that a terminal shows: %j', (line) => {
  expect(keyOf(line)).not.toBe(keyOf('done'));
});

it('leaves out empty lines, if there are others', () => {
  expect(keysOf('\na\n\n')).toEqual([keyOf('a')]);
  expect(keysOf('\n')).toEqual([keyOf(''), keyOf('')]);
});

describe('a set', () => {
  it('gives a line as often as it was added', () => {
    const set = new LineSet(10);
    for (const key of [1, 2, 1]) set.add(key);
    expect([1, 1, 1, 2, 2].map((key) => set.take(key))).toEqual([true, true, false, true, false]);
  });

  it('forgets the oldest when there are too many', () => {
    const set = new LineSet(100);
    for (let key = 0; key < 250; key += 1) set.add(key);
    expect([149, 150, 249].map((key) => set.take(key))).toEqual([false, true, true]);
  });

  it('forgets millions as quickly as a few', () => {
    const set = new LineSet(2 ** 17);
    // A minute and a half, if each one were looked for.
    for (let key = 0; key < 2_000_000; key += 1) set.add(key);
    expect(set.take(1_999_999)).toBe(true);
  });
});

describe('a queue', () => {
  it('finds the first line from a position on, and nothing that was dropped', () => {
    const queue = new LineQueue();
    for (const key of [7, 8, 7, 9]) queue.add(key);
    expect([queue.find(7), queue.find(7, 1), queue.find(6)]).toEqual([0, 2, undefined]);
    queue.drop(3);
    expect([queue.find(7), queue.find(9), queue.length]).toEqual([undefined, 0, 1]);
    queue.drop(5);
    expect(queue.length).toBe(0);
  });

  it('finds the last of a million equal lines behind as many others', () => {
    const queue = new LineQueue();
    const half = 2 ** 19;
    for (let at = 0; at < half; at++) queue.add(at + 2);
    for (let at = 0; at < half; at++) queue.add(1);
    let from = 0;
    // Hours, if each search began at the start.
    for (let at = 0; at < half; at++) from = (queue.find(1, from) as number) + 1;
    expect(from).toBe(2 * half);
    for (let at = 0; at < half; at++) from = queue.find(1) as number;
    expect(from).toBe(half);
  });
});
