/** Ships a line right after it was written, unless writing it printed something: then it has been captured there. */
import { Undos } from '@direct-logging/core';
import { inputFrom, type LineFacts } from './from-line.ts';
import type { Printing } from './printing.ts';

/** Watches destinations of which only the write shows where they lead. */
export interface WriteWatch {
  /** The next write to the destination is this line. False when nobody may watch it. */
  expect(destination: object, facts: LineFacts): boolean;
  /** Takes all hooks off. */
  undo(): void;
}

type Write = (...args: unknown[]) => unknown;

export function watchWrites(printing: Printing): WriteWatch {
  let expected: { readonly destination: object; readonly facts: LineFacts } | undefined;
  const undos = new Undos();
  const ours = new WeakSet<object>();

  function finish(destination: object, line: unknown, countBefore: number): void {
    if (expected?.destination !== destination) return;
    const { facts } = expected;
    expected = undefined;
    if (printing.count === countBefore && typeof line === 'string') {
      printing.ship(inputFrom(line, facts));
    }
  }

  function hook(destination: object): boolean {
    const before = Object.getOwnPropertyDescriptor(destination, 'write');
    const original: unknown = Reflect.get(destination, 'write');
    if (typeof original !== 'function') return false;
    if (ours.has(original)) return true;
    // A proxy: the program may look at its own function, which may be a test's spy.
    const write = new Proxy(original as Write, {
      apply(target, self, args: unknown[]) {
        const { count } = printing;
        try {
          return Reflect.apply(target, self, args);
        } finally {
          finish(destination, args[0], count);
        }
      },
    });
    const isSet = Reflect.defineProperty(destination, 'write', {
      value: write,
      writable: true,
      enumerable: before?.enumerable ?? false,
      configurable: true,
    });
    if (!isSet) return false;
    ours.add(write);
    undos.add(destination, () => unhook(destination, write, before));
    return true;
  }

  return {
    expect(destination, facts) {
      if (!hook(destination)) return false;
      expected = { destination, facts };
      return true;
    },
    undo: () => undos.run(),
  };
}

function unhook(destination: object, ours: Write, before: PropertyDescriptor | undefined): void {
  if (Reflect.get(destination, 'write') !== ours) return;
  if (before === undefined) Reflect.deleteProperty(destination, 'write');
  else Reflect.defineProperty(destination, 'write', before);
}
