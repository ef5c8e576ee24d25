import type { LogInput } from '@direct-logging/core';
import { afterEach, expect, it, vi } from 'vitest';
import { Capture } from '../src/capture.ts';
import { hookNativeConsole } from '../src/native-console.ts';

const inputs: LogInput[] = [];
const printed: unknown[][] = [];
/** Prints past the streams, as Bun and Deno do; Deno's `group` calls `log`. */
const native = {
  log: (...args: unknown[]) => void printed.push(args),
  group: (...args: unknown[]) => console.log(...args),
};
let undo: () => void;

function hook(passedOn: () => void = () => {}): void {
  const write = (input: LogInput) => {
    inputs.push(input);
    passedOn();
  };
  vi.spyOn(console, 'log').mockImplementation(native.log);
  vi.spyOn(console, 'group').mockImplementation(native.group);
  undo = hookNativeConsole(new Capture({ write }, []));
}

afterEach(() => {
  undo();
  vi.restoreAllMocks();
  inputs.length = 0;
  printed.length = 0;
});

const texts = () => inputs.map(({ text, level, stream }) => [text, level, stream]);

it('captures what a console prints natively, with its level and stream', () => {
  vi.spyOn(console, 'error').mockImplementation(native.log);
  hook();
  console.log('paid %d', 3);
  console.error('refused', { code: 7 });
  expect(texts()).toEqual([
    ['paid 3', undefined, 'stdout'],
    ['refused { code: 7 }', 'ERROR', 'stderr'],
  ]);
  expect(printed).toEqual([
    ['paid %d', 3],
    ['refused', { code: 7 }],
  ]);
});

it('captures a method that calls another one once', () => {
  hook();
  console.group('orders');
  console.groupEnd();
  expect(texts()).toEqual([['orders', undefined, 'stdout']]);
  expect(printed).toEqual([['orders']]);
});

it('prints and captures what is printed while a message is passed on', () => {
  hook(() => {
    if (inputs.length === 1) console.log('within');
  });
  console.log('one');
  expect(printed).toEqual([['within'], ['one']]);
  expect(inputs.map(({ text }) => text)).toEqual(['one', 'within']);
});

it('prints nothing while it formats, and never throws', () => {
  hook();
  const loud = {
    [Symbol.for('nodejs.util.inspect.custom')]() {
      console.log('formatting');
      throw new Error('no');
    },
  };
  console.log(loud);
  expect(printed).toEqual([[loud]]);
});

it('prints again after the stack has ended anywhere in it', () => {
  hook();
  const deeper = (): void => {
    try {
      deeper();
    } catch (error) {
      console.log('too deep');
      throw error;
    }
  };
  expect(deeper).toThrow(RangeError);
  printed.length = 0;
  console.log('last');
  expect(printed).toEqual([['last']]);
  expect(texts().at(-1)).toEqual(['last', undefined, 'stdout']);
});
