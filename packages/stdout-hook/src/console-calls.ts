/** Notes which console method is running, so that the write inside it is known to be one message of that level. */
import { type AnyFunction, imitate, LEVELS, replaceMethod, undoAll } from '@direct-logging/core';
import type { Capture } from './capture.ts';
import { callWithoutOwnFrames } from './own-frames.ts';

/**
 * The methods that write. The others (`table`, `count`, `assert`, …) call one of these. `trace` calls `error`; if we
 * wrapped `trace`, its stack would show our wrapper.
 */
const METHODS = ['log', 'info', 'debug', 'warn', 'error', 'dir', 'dirxml'];

/** The original function of each of our wrappers. */
const originals = new WeakMap<object, AnyFunction>();

/** Hooks the global console, and all consoles made with `new Console` from now on. */
export function hookConsole(capture: Capture): () => void {
  // In a program that begins from a snapshot, Node has no `Console`.
  const owners = [console, console.Console?.prototype].filter(Boolean);
  const undos = METHODS.flatMap((name) =>
    owners.map((owner) => replaceMethod(owner, name, (original) => wrap(name, original, capture))),
  );
  return undoAll(undos);
}

/**
 * A function that runs as this console method, and notes the call while the original runs. The original of a function that we have
 * wrapped before is wrapped anew.
 */
export function wrap(name: string, given: AnyFunction, capture: Capture): AnyFunction {
  const original = unwrap(given);
  // `trace` and `fatal` are methods of Lambda's runtime client.
  const level = LEVELS.find((one) => one === name.toUpperCase());
  // Method syntax: like the original, it is not a constructor.
  const { method } = {
    method(this: unknown, ...args: unknown[]): unknown {
      const outer = capture.call;
      capture.call = { level: name === 'error' && isTrace(args) ? 'TRACE' : level, args };
      try {
        return callWithoutOwnFrames(original, this, args);
      } finally {
        capture.call = outer;
      }
    },
  };
  originals.set(imitate(method, original), original);
  return method;
}

/** The original of one of our wrappers, or else the function itself. */
export function unwrap(given: AnyFunction): AnyFunction {
  return originals.get(given) ?? given;
}

/** Whether `console.trace` made the call: it passes a stack named `Trace` to `console.error`. */
function isTrace(args: readonly unknown[]): boolean {
  const text = args[0];
  if (args.length !== 1 || typeof text !== 'string' || !text.startsWith('Trace')) return false;
  return /^Trace(?:: .*?)?\n {4}at /s.test(text);
}
