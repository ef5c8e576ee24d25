import { expect, test, vi } from 'vitest';
import { fakeTransport } from '../../core/test/fake-transport.ts';
import { isForgotten } from '../../core/test/is-forgotten.ts';
import { watchPrinting } from '../src/printing.ts';
import { watchWrites } from '../src/watch-writes.ts';

function setUp() {
  const transport = fakeTransport();
  const before = transport.write;
  const host = {
    transport,
    env: {},
    isMainThread: true,
    role: 'full',
    printing: { count: 0, line: undefined },
  } as const;
  const printing = watchPrinting(host, () => false);
  const isRestored = () => transport.write === before;
  return { transport, printing, isRestored, writes: watchWrites(printing) };
}

test('only the expected write is a line', () => {
  const { transport, writes } = setUp();
  const destination = { write(_line: string) {} };
  writes.expect(destination, {});
  destination.write('line\n');
  destination.write('something else');
  expect(transport.inputs.map(({ text }) => text)).toEqual(['line']);
});

test('a spy stays a spy, and everything is put back', () => {
  const { printing, writes, isRestored } = setUp();
  const write = vi.fn();
  const destination = { write };
  class Destination {
    write(): void {}
  }
  const instance = new Destination();
  writes.expect(destination, {});
  writes.expect(instance, {});
  destination.write('line');
  expect(destination.write).toHaveBeenCalledWith('line');
  expect(Object.keys(instance)).toEqual([]);
  writes.undo();
  printing.undo();
  expect(destination.write).toBe(write);
  expect(Object.hasOwn(instance, 'write')).toBe(false);
  expect(isRestored()).toBe(true);
});

test('what throws throws, and its line is shipped', () => {
  const { transport, writes } = setUp();
  const destination = {
    write(_line: string): void {
      throw new Error('theirs');
    },
  };
  writes.expect(destination, { name: 'shop' });
  expect(() => destination.write('line')).toThrow('theirs');
  expect(transport.inputs).toMatchObject([{ text: 'line', logger: 'shop' }]);
});

test('a frozen destination is not watched', () => {
  const { writes } = setUp();
  expect(writes.expect(Object.freeze({ write() {} }), {})).toBe(false);
});

test('a destination that nobody uses any more can be forgotten', async () => {
  const { writes } = setUp();
  const watchOne = (): WeakRef<object> => {
    const destination = { write(_line: string) {} };
    writes.expect(destination, {});
    destination.write('line\n');
    return new WeakRef(destination);
  };
  expect(await isForgotten(watchOne())).toBe(true);
  writes.undo();
});
