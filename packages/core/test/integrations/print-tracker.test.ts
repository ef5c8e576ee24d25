import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { PrintTracker } from '../../src/integrations/print-tracker.ts';

const [one, other] = [{}, {}];
let tracker: PrintTracker;
beforeEach(() => {
  tracker = new PrintTracker();
});

test('what buffers print is claimed once, however they cut it and whatever comes between', () => {
  const buffers = fc.array(
    fc.record({ stream: fc.constantFrom('stdout', 'stderr'), sizes: fc.array(fc.nat(3)) }),
    { maxLength: 4 },
  );
  const property = fc.property(buffers, fc.array(fc.nat()), (all, turns) => {
    const fresh = new PrintTracker();
    const written = all.map(({ stream, sizes }, number) => {
      const destination = {};
      let count = 0;
      const writes = sizes.map((size) => {
        const lines = Array.from({ length: size + 1 }, () => `${number} ${count++ >> 1}\n`);
        for (const line of lines) fresh.expect(destination, stream, line);
        return lines.join('');
      });
      return { stream, writes };
    });
    for (const turn of turns) {
      const left = written.filter(({ writes }) => writes.length > 0);
      const next = left[turn % left.length];
      if (next === undefined) break;
      expect(fresh.claim(next.stream, 'of others\n')).toBe(false);
      expect(fresh.claim(next.stream, next.writes.shift() ?? '')).toBe(true);
    }
    for (const { stream, writes } of written) {
      for (const text of writes) {
        expect(fresh.isExpecting).toBe(true);
        expect(fresh.claim(stream, text)).toBe(true);
      }
    }
    expect(fresh.isExpecting).toBe(false);
    expect(fresh.claim('stdout', '0 0\n')).toBe(false);
  });
  fc.assert(property);
});

test('what was not printed is forgotten when its buffer is empty or gone', () => {
  tracker.expect(one, 'stdout', 'lost\n');
  tracker.forget(one);
  tracker.expect(one, 'stdout', 'next\n');
  const gone = { destroyed: false };
  tracker.expect(gone, 'stdout', 'gone\n');
  gone.destroyed = true;
  expect(['lost\n', 'gone\n', 'next\n'].map((text) => tracker.claim('stdout', text))).toEqual([
    ...[false, false, true],
  ]);
});

test('lines that are too many to remember are refused until some are printed', () => {
  const text = 'x'.repeat(1024 * 1024);
  const line = (at: number) => `${at} ${text}\n`;
  const taken = Array.from({ length: 40 }, (_, at) => tracker.expect(one, 'stdout', line(at)));
  expect(taken.indexOf(false)).toBe(32);
  expect(tracker.claim('stdout', line(0))).toBe(true);
  expect(tracker.expect(one, 'stdout', line(40))).toBe(true);
});

test('a destination that is known to print claims only its own lines', () => {
  for (const destination of [one, other]) {
    for (let count = 0; count < 3; count += 1) tracker.expect(destination, 'stdout', 'same\n');
  }
  const print = (destination: object | undefined, text: string): boolean => {
    tracker.destination = destination;
    return tracker.claim('stdout', text);
  };
  expect(print(other, 'same\nsame\n')).toBe(true);
  expect(print(one, 'same\nsame\nsame\n')).toBe(true);
  expect([print(other, 'same\n'), print(other, 'same\n')]).toEqual([true, false]);
  expect(tracker.isExpecting).toBe(false);
});

test('one line of a destination that is known to print may be missing', () => {
  const print = (text: string, destination?: object): boolean => {
    tracker.destination = destination;
    return tracker.claim('stdout', text);
  };
  for (const line of ['a\n', 'lost\n', 'b\n', 'c\n']) tracker.expect(one, 'stdout', line);
  expect([print('b\n'), print('a\nc\n', one), print('a\nb\n', one)]).toEqual([false, false, true]);
  expect([print('lost\n', one), print('c\n', one)]).toEqual([false, true]);
  expect(tracker.isExpecting).toBe(false);
});
