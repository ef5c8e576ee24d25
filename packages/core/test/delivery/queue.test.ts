import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Evicted, Queue } from '../../src/delivery/queue.ts';
import {
  type BlockRange,
  bytesOf,
  FRAME_BYTES,
  IMPORTANCE,
  type Importance,
} from '../../src/senders/block.ts';
import { someOf } from '../some-of.ts';

const { copy: COPY, ordinary: INFO, important: WARN } = IMPORTANCE;
const ALL = Number.POSITIVE_INFINITY;
/** Bytes of lines of two bytes. */
const ONE = 2 + FRAME_BYTES;
const TWO = 2 * ONE;

function makeQueue(maxBytes: number, evicted: Evicted = () => {}): Queue {
  return new Queue(maxBytes, Date.now, evicted);
}

function takeAll(queue: Queue): BlockRange[] {
  const ranges: BlockRange[] = [];
  for (let range = queue.take(ALL); range; range = queue.take(ALL)) ranges.push(range);
  return ranges;
}

function textOf(ranges: readonly BlockRange[]): string {
  return ranges.map((range) => bytesOf(range).toString()).join('');
}

describe('Queue', () => {
  it('knows that all is settled although a full stack interrupted that', () => {
    const queue = makeQueue(1 << 20);
    for (const text of ['a\n', 'b\n']) queue.append(text, INFO);
    const [first, second] = [queue.take(1), queue.take(1)];
    const { findIndex } = Array.prototype;
    Array.prototype.findIndex = () => {
      throw new RangeError('Maximum call stack size exceeded');
    };
    try {
      queue.settle(second as BlockRange);
      expect(() => queue.settle(first as BlockRange)).toThrow(RangeError);
    } finally {
      Array.prototype.findIndex = findIndex;
    }
    expect([queue.lines, queue.settledThrough >= queue.mark()]).toEqual([0, true]);
  });

  it('hands out lines in the order of appending, whatever their size', () => {
    const queue = makeQueue(1 << 24);
    const lines = ['a\n', `${'ü'.repeat(70_000)}\n`, 'b\n', `${'x'.repeat(200_000)}\n`, '😀\n'];
    for (const line of lines) queue.append(line, INFO);
    expect(queue.bytes).toBe(Buffer.byteLength(lines.join('')));
    expect(textOf(takeAll(queue))).toBe(lines.join(''));
  });

  it('cuts ranges at the number of bytes asked for, frames included, but gives one line at least', () => {
    const queue = makeQueue(1 << 20);
    for (let i = 0; i < 10; i++) queue.append(`line ${i}\n`, INFO);
    const framed = 7 + FRAME_BYTES;
    expect(bytesOf(queue.take(1) as BlockRange).toString()).toBe('line 0\n');
    expect(bytesOf(queue.take(2 * framed + 1) as BlockRange).toString()).toBe('line 1\nline 2\n');
    expect(bytesOf(queue.take(3 * framed) as BlockRange).toString()).toBe(
      'line 3\nline 4\nline 5\n',
    );
  });

  it('hands returned ranges out again before newer lines, oldest first', () => {
    const queue = makeQueue(1 << 20);
    for (let i = 0; i < 6; i++) queue.append(`${i}\n`, INFO);
    const [a, b, c] = [TWO, TWO, ONE].map((bytes) => queue.take(bytes)) as BlockRange[];
    queue.giveBack(c as BlockRange);
    queue.giveBack(a as BlockRange);
    queue.settle(b as BlockRange);
    expect(queue.unsent).toBe(4);
    expect(textOf(takeAll(queue))).toBe('0\n1\n4\n5\n');
  });

  it('knows when everything held at a mark is settled', () => {
    const queue = makeQueue(1 << 20);
    expect(queue.settledThrough >= queue.mark()).toBe(true);
    queue.append('a\n', INFO);
    const mark = queue.mark();
    queue.append('b\n', INFO);
    const [a, b] = [queue.take(ONE), queue.take(ONE)] as [BlockRange, BlockRange];
    queue.settle(b);
    expect(queue.settledThrough >= mark).toBe(false);
    queue.settle(a);
    expect(queue.settledThrough >= mark).toBe(true);
  });

  it('gives up the oldest unimportant lines first when it is full, and keeps its memory within the bound', () => {
    const gone: Record<number, number> = {};
    const maxBytes = 256 * 1024;
    const queue = makeQueue(maxBytes, (importance) => {
      gone[importance] = (gone[importance] ?? 0) + 1;
    });
    for (let i = 0; i < 20_000; i++) {
      queue.append(
        `${String(i).padStart(5, '0')} ${'x'.repeat(60)}\n`,
        i % 100 === 0 ? WARN : INFO,
      );
      expect(queue.allocated).toBeLessThanOrEqual(maxBytes);
    }
    const lines = textOf(takeAll(queue)).split('\n').slice(0, -1);
    expect(lines.length + (gone[INFO] ?? 0) + (gone[WARN] ?? 0)).toBe(20_000);
    expect(gone[WARN] ?? 0).toBe(0);
    expect(lines).toEqual([...lines].sort());
    expect(lines[lines.length - 1]).toMatch(/^19999/);
  });

  it('gives up whole blocks, oldest first, when only important lines are left', () => {
    let gone = 0;
    const queue = makeQueue(64 * 1024, () => gone++);
    for (let i = 0; i < 5_000; i++)
      queue.append(`${String(i).padStart(6, '0')}${'x'.repeat(40)}\n`, WARN);
    const lines = textOf(takeAll(queue)).split('\n').slice(0, -1);
    expect(gone).toBeGreaterThan(0);
    expect(lines.length + gone).toBe(5_000);
    expect(lines[lines.length - 1]).toMatch(/^004999/);
  });

  it('gives up the new line when everything it holds is in flight', () => {
    let gone = 0;
    const queue = makeQueue(64 * 1024, () => gone++);
    const line = `${'x'.repeat(999)}\n`;
    for (; gone === 0; takeAll(queue)) queue.append(line, INFO);
    expect(gone).toBe(1);
  });

  it('holds as many lines when each one is flushed in vain as when none is', () => {
    let gone = 0;
    const maxBytes = 256 * 1024;
    const queue = makeQueue(maxBytes, () => gone++);
    const line = (at: number) => `${String(at).padStart(5, '0')} ${'x'.repeat(93)}\n`;
    const lines = Array.from({ length: 2_000 }, (_, at) => line(at));
    const marks = lines.map((text) => {
      queue.append(text, INFO);
      const range = queue.take(ALL) as BlockRange;
      queue.giveBack(range);
      expect(queue.allocated).toBeLessThanOrEqual(maxBytes);
      return queue.mark();
    });
    expect(gone).toBe(0);
    expect(queue.settledThrough >= (marks[0] as number)).toBe(false);
    const ranges = takeAll(queue);
    expect(textOf(ranges)).toBe(lines.join(''));
    for (const range of ranges) queue.settle(range);
    expect(queue.settledThrough >= (marks.at(-1) as number)).toBe(true);
  });

  it('gives up copies before any other line, and no line for a copy', () => {
    const gone: Importance[] = [];
    const queue = makeQueue(64 * 1024, (importance) => gone.push(importance));
    const line = (text: string) => `${text.padEnd(999)}\n`;
    for (let i = 0; i < 20; i++) queue.append(line(`copy ${i}`), COPY);
    for (let i = 0; i < 200; i++) queue.append(line(`line ${i}`), INFO);
    expect(gone.slice(0, 20)).toEqual(Array(20).fill(COPY));
    const before = gone.length;
    for (let i = 0; i < 20; i++) queue.append(line(`late copy ${i}`), COPY);
    expect(gone.slice(before)).not.toContain(INFO);
    expect(textOf(takeAll(queue))).toContain('line 199');
  });

  it('keeps the order of lines that came back and lines that were never sent, also when others had to go', () => {
    const queue = makeQueue(64 * 1024);
    const line = (at: number) => `${String(at).padStart(5, '0')} ${'x'.repeat(493)}\n`;
    for (let at = 0; at < 40; at++) queue.append(line(at), WARN);
    const ranges = [queue.take(5_000), queue.take(20_000)] as BlockRange[];
    for (const range of ranges.reverse()) queue.giveBack(range);
    for (let at = 40; at < 120; at++) queue.append(line(at), at % 2 === 0 ? WARN : INFO);
    const numbers = textOf(takeAll(queue)).split('\n').slice(0, -1);
    expect(numbers).toEqual([...numbers].sort());
  });

  it('rewrites lines that have waited, and counts them anew', () => {
    let now = 1_000;
    const queue = new Queue(
      1 << 20,
      () => now,
      () => {},
    );
    for (const text of ['a\n', 'b\n', 'c\n']) queue.append(text, INFO, 7);
    queue.giveBack(queue.take(TWO) as BlockRange);
    now = 5_000;
    queue.rewriteOlderThan(500, () => 'never\n');
    queue.rewriteOlderThan(2_000, (line) => `later ${line}`);
    expect(queue.bytes).toBe(3 * 'later a\n'.length);
    const ranges = takeAll(queue);
    expect(textOf(ranges)).toBe('later a\nlater b\nlater c\n');
    expect(ranges[0]?.block.tagOf(1)).toBe(7);
    for (const range of ranges) queue.settle(range);
    expect([queue.lines, queue.bytes]).toEqual([0, 0]);
    queue.append('d\n', INFO);
    expect(textOf(takeAll(queue))).toBe('d\n');
  });

  it('gives up nothing for a line that would not fit even then', () => {
    const gone: number[] = [];
    const queue = makeQueue(64 * 1024, (importance) => gone.push(importance));
    for (let i = 0; i < 20; i++) queue.append(`${'x'.repeat(999)}\n`, INFO);
    queue.append(`${'y'.repeat(100_000)}\n`, WARN);
    expect(gone).toEqual([WARN]);
    expect(queue.lines).toBe(20);
  });

  it('gives a line of INFO up itself when all the others are more important', () => {
    const queue = makeQueue(1 << 17);
    for (let line = 0; line < 2_000; line++) queue.append(`${line} ${'x'.repeat(100)}\n`, WARN);
    const kept = queue.lines;
    expect(kept).toBeLessThan(2_000);
    queue.append(`${'x'.repeat(100_000)}\n`, INFO);
    expect(queue.lines).toBe(kept);
  });

  it('counts a line that it holds although the stack was at its end behind it', () => {
    const queue = new Queue(
      1 << 20,
      () => {
        throw new RangeError('Maximum call stack size exceeded');
      },
      () => {},
    );
    expect(() => queue.append('a\n', INFO)).toThrow(RangeError);
    expect(queue.lines).toBe(1);
    for (const range of takeAll(queue)) queue.settle(range);
    expect([queue.lines, queue.bytes, queue.unsent]).toEqual([0, 0, 0]);
  });

  it('hands out a line that comes when a later block was settled before an earlier one', () => {
    const queue = makeQueue(1 << 20);
    queue.append('x'.repeat(40_000), INFO);
    const first = queue.take(ALL) as BlockRange;
    queue.append('y'.repeat(40_000), INFO);
    const second = queue.take(ALL) as BlockRange;
    queue.mark();
    queue.settle(second);
    queue.append('z', INFO);
    expect(textOf(takeAll(queue))).toBe('z');
    queue.settle(first);
    expect(queue.lines).toBe(1);
  });

  it('hands out a line that comes after one for which there was no room', () => {
    const queue = makeQueue(65_536);
    queue.append('x'.repeat(10_000), INFO);
    expect(takeAll(queue)).toHaveLength(1);
    queue.append('y'.repeat(10_000), INFO);
    queue.settle(takeAll(queue)[0] as BlockRange);
    queue.append('y'.repeat(60_000), INFO);
    expect(queue.lines).toBe(1);
    queue.append('z', INFO);
    expect(textOf(takeAll(queue))).toBe('z');
  });

  it('keeps its counts and loses nothing under any sequence of calls', () => {
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          op: fc.constant('append'),
          size: fc.integer({ min: 1, max: 9_000 }),
          level: fc.constantFrom<Importance>(COPY, INFO, WARN),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          op: fc.constant('take'),
          size: fc.integer({ min: 1, max: 40_000 }),
          level: fc.constant<Importance>(INFO),
        }),
      },
      fc.record({
        op: fc.constant('settle'),
        size: fc.nat(),
        level: fc.constant<Importance>(INFO),
      }),
      fc.record({
        op: fc.constant('giveBack'),
        size: fc.nat(),
        level: fc.constant<Importance>(INFO),
      }),
      fc.record({
        op: fc.constant('mark'),
        size: fc.constant(0),
        level: fc.constant<Importance>(INFO),
      }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400, size: 'max' }), (steps) => {
        let gone = 0;
        let appended = 0;
        let done = 0;
        const seen = new Set<string>();
        const flying: BlockRange[] = [];
        const queue = makeQueue(100_000, () => gone++);
        for (const { op, size, level } of steps) {
          if (op === 'append') queue.append(`${appended++}:${'x'.repeat(size)}\n`, level);
          if (op === 'mark') queue.mark();
          if (op === 'take') {
            const range = queue.take(size);
            if (range) flying.push(range);
            else expect(queue.unsent).toBe(0);
          }
          const range = flying.length > 0 ? flying[size % flying.length] : undefined;
          if (range && (op === 'settle' || op === 'giveBack')) {
            flying.splice(flying.indexOf(range), 1);
            if (op === 'giveBack') queue.giveBack(range);
            else {
              for (const line of bytesOf(range).toString().split('\n').slice(0, -1)) {
                const id = line.split(':')[0] as string;
                expect(seen.has(id)).toBe(false);
                seen.add(id);
              }
              done += range.to - range.from;
              queue.settle(range);
            }
          }
          expect(queue.lines).toBe(appended - gone - done);
          expect(queue.allocated).toBeLessThanOrEqual(100_000);
        }
        for (const range of flying) queue.giveBack(range);
        const rest = takeAll(queue);
        expect(textOf(rest).split('\n').length - 1).toBe(appended - gone - done);
        for (const range of rest) queue.settle(range);
        expect([queue.lines, queue.bytes, queue.unsent]).toEqual([0, 0, 0]);
      }),
      { numRuns: someOf(300) },
    );
  });

  it('hands every line out that it still has after any mix of bursts, failures and evictions', () => {
    const step = fc.oneof(
      fc.record({ op: fc.constant('burst'), size: fc.integer({ min: 1, max: 300 }) }),
      fc.record({ op: fc.constant('take'), size: fc.integer({ min: 1_000, max: 9_000 }) }),
      fc.record({ op: fc.constant('giveBack'), size: fc.nat() }),
      fc.record({ op: fc.constantFrom('settle', 'nothing', 'nothing'), size: fc.nat() }),
    );
    fc.assert(
      fc.property(fc.array(step, { minLength: 50, maxLength: 300, size: 'max' }), (steps) => {
        let count = 0;
        const flying: BlockRange[] = [];
        const sent = new Set<string>();
        const giveBack = (range: BlockRange) => {
          for (const line of textOf([range]).split('\n')) sent.add(line);
          queue.giveBack(range, range.to - range.from);
        };
        const queue = makeQueue(65_536);
        for (const { op, size } of steps) {
          if (op === 'burst') {
            for (let i = 0; i < size; i++) {
              queue.append(
                `${String(count++).padStart(99, '0')}\n`,
                count % 10 === 0 ? WARN : INFO,
              );
            }
          }
          const range = op === 'take' ? queue.take(size) : undefined;
          if (range !== undefined) flying.push(range);
          else if (op === 'take') expect(queue.unsent).toBe(0);
          const landing = flying[size % Math.max(flying.length, 1)];
          if (landing !== undefined && (op === 'giveBack' || op === 'settle')) {
            flying.splice(flying.indexOf(landing), 1);
            if (op === 'settle') queue.settle(landing);
            else giveBack(landing);
          }
          expect(queue.bytes).toBe(queue.lines * 100);
        }
        for (const range of flying) giveBack(range);
        const { unconfirmed } = queue;
        const rest = takeAll(queue);
        const numbers = textOf(rest).split('\n').slice(0, -1);
        expect(numbers).toEqual([...numbers].sort());
        expect(numbers).toHaveLength(queue.lines);
        expect(unconfirmed).toBe(numbers.filter((number) => sent.has(number)).length);
        for (const range of rest) queue.settle(range);
        expect([queue.lines, queue.bytes, queue.unsent]).toEqual([0, 0, 0]);
      }),
      { numRuns: someOf(300) },
    );
  });
});
