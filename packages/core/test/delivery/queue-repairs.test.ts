import { expect, it } from 'vitest';
import { Queue } from '../../src/delivery/queue.ts';
import { type BlockRange, bytesOf, IMPORTANCE } from '../../src/senders/block.ts';

/** Lines in several blocks, and how to take them and settle some. */
function queueOf(lines: number) {
  const queue = new Queue(1 << 20, Date.now, () => {});
  const texts = Array.from({ length: lines }, (_, at) => `${String(at).padEnd(999, 'x')}\n`);
  for (const text of texts) queue.append(text, IMPORTANCE.ordinary);
  const takeAll = (maxBytes: number): BlockRange[] => {
    const ranges: BlockRange[] = [];
    for (let range = queue.take(maxBytes); range; range = queue.take(maxBytes)) ranges.push(range);
    return ranges;
  };
  return { queue, texts, takeAll };
}

const textsOf = (ranges: readonly BlockRange[]) =>
  ranges.flatMap((range) =>
    bytesOf(range)
      .toString()
      .split(/(?<=\n)/),
  );

it('what was handed out and is not settled is handed out again, in order and once', () => {
  const { queue, texts, takeAll } = queueOf(200);
  const ranges = takeAll(10_000);
  const isSettled = (_: unknown, at: number) => at % 3 === 1 || at === 0;
  // Not in order.
  const settled = ranges.filter(isSettled).reverse();
  queue.giveBack(ranges[2] as BlockRange);
  for (const range of settled) queue.settle(range);
  queue.append('new\n', IMPORTANCE.ordinary);
  queue.takeBack();
  const gone = new Set(textsOf(settled));
  expect([queue.inFlight, queue.inFlightBytes]).toEqual([0, 0]);
  const again = takeAll(10_000);
  expect(textsOf(again)).toEqual([...texts.filter((text) => !gone.has(text)), 'new\n']);
  for (const range of again) queue.settle(range);
  expect([queue.lines, queue.bytes, queue.unsent, queue.inFlightBytes]).toEqual([0, 0, 0, 0]);
});

it('lines that are rewritten keep their importance and tags, and whether they were sent', () => {
  const dropped: number[][] = [];
  const queue = new Queue(1 << 20, Date.now, (...line) => dropped.push(line));
  queue.append('a\n', IMPORTANCE.important, 7);
  queue.append('b\n', IMPORTANCE.ordinary, 8);
  queue.giveBack(queue.take(1) as BlockRange, 1);
  queue.rewriteOlderThan(Number.POSITIVE_INFINITY, (line) => line.padEnd(900_000, 'x'));
  const { block } = queue.take(1 << 21) as BlockRange;
  expect([block.tagOf(0), block.tagOf(1)]).toEqual([7, 8]);
  expect([block.importanceOf(0), block.importanceOf(1)]).toEqual([
    IMPORTANCE.important,
    IMPORTANCE.ordinary,
  ]);
  expect([block.sentIn(0, 1), block.sentIn(1, 2)]).toEqual([1, 0]);
  expect(dropped).toEqual([]);
});

it('lines that are rewritten take the bytes that they have then', () => {
  const { queue, texts, takeAll } = queueOf(200);
  queue.settle(queue.take(10_000) as BlockRange);
  queue.giveBack(queue.take(10_000) as BlockRange);
  queue.rewriteOlderThan(Number.POSITIVE_INFINITY, (line) => line.replaceAll('x', 'yy'));
  const again = takeAll(10_000);
  expect(textsOf(again)).toEqual(
    texts.slice(-textsOf(again).length).map((text) => text.replaceAll('x', 'yy')),
  );
  for (const range of again) queue.settle(range);
  expect([queue.lines, queue.bytes]).toEqual([0, 0]);
});
