/** Notes which console method is running, so that the write inside it is known to be one message of that level. */
import type { Level } from '@direct-logging/core';
import { type AnyFunction, imitate, replaceMethod } from '@direct-logging/core';
import type { Capture } from './capture.ts';
import { callUnseen } from './own-frames.ts';

/**
 * The methods that write. The others (`table`, `count`, `assert`, …) call one of these. `trace` calls `error`; if we
 * wrapped `trace`, its stack would show our wrapper.
 */
const LEVELS: Readonly<Record<string, Level | undefined>> = {
  log: undefined,
  info: 'INFO',
  debug: 'DEBUG',
  warn: 'WARN',
  error: 'ERROR',
  dir: undefined,
  dirxml: undefined,
};

/** The methods that Lambda's runtime client assigns. Only `log` can come after `fatal`. */
const ASSIGNED = ['log', 'info', 'debug', 'warn', 'error', 'trace', 'fatal'];

/** Hooks the global console, and all consoles made with `new Console` from now on. */
export function hookConsole(capture: Capture): () => void {
  const undos = Object.keys(LEVELS).flatMap((name) => [
    replaceMethod(console, name, (original) => wrapperOf(name, original, capture)),
    replaceMethod(console.Console.prototype, name, (original) =>
      wrapperOf(name, original, capture),
    ),
  ]);
  return () => {
    for (const undo of undos.reverse()) undo();
  };
}

/** A method that notes the call while the original runs. Method syntax: like the original, it is not a constructor. */
function noting(name: string, original: AnyFunction, capture: Capture): AnyFunction {
  const level = name === 'trace' ? 'TRACE' : name === 'fatal' ? 'FATAL' : LEVELS[name];
  const methods = {
    method(this: unknown, ...args: unknown[]): unknown {
      const outer = capture.call;
      capture.call = { level: name === 'error' && isTrace(args) ? 'TRACE' : level, args };
      try {
        return callUnseen(original, this, args);
      } finally {
        capture.call = outer;
      }
    },
  };
  return methods.method;
}

/** Whether `console.trace` made the call: it passes a stack named `Trace` to `console.error`. */
function isTrace(args: readonly unknown[]): boolean {
  const text = args[0];
  if (args.length !== 1 || typeof text !== 'string' || !text.startsWith('Trace')) return false;
  return /^Trace(?:: .*?)?\n {4}at /s.test(text);
}

/** The original function of each of our wrappers. */
const originals = new WeakMap<object, AnyFunction>();

function wrapperOf(name: string, original: AnyFunction, capture: Capture): AnyFunction {
  const wrapper = imitate(noting(name, original, capture), original);
  originals.set(wrapper, original);
  return wrapper;
}

/**
 * The runtime client replaces the methods and never calls the previous ones. Until it has done so, each function that is
 * assigned is wrapped. Afterwards the methods are ordinary properties again, and a later patch goes on top of ours.
 */
export function followAssignments(capture: Capture): () => void {
  const undos = ASSIGNED.map((name) => followOne(name, capture, settle));
  function settle(): void {
    queueMicrotask(() => {
      for (const { settle: settleOne } of undos) settleOne();
    });
  }
  return () => {
    for (const { undo } of undos) undo();
  };
}

interface Followed {
  settle(): void;
  undo(): void;
}

function followOne(name: string, capture: Capture, settleAll: () => void): Followed {
  const before = Object.getOwnPropertyDescriptor(console, name);
  let value: unknown = before?.value;
  let assigned = false;
  const get = (): unknown => value;
  const set = (given: unknown): void => {
    assigned = true;
    const original = typeof given === 'function' ? (originals.get(given) ?? given) : undefined;
    value = original === undefined ? given : wrapperOf(name, original as AnyFunction, capture);
    if (name === 'fatal') settleAll();
  };
  const isOurs = (): boolean => {
    const now = Object.getOwnPropertyDescriptor(console, name);
    return now?.get === get || (now !== undefined && assigned && now.value === value);
  };
  const put = (to: unknown): void => {
    Object.defineProperty(console, name, {
      value: to,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  };

  Object.defineProperty(console, name, {
    get,
    set,
    enumerable: before !== undefined,
    configurable: true,
  });
  return {
    settle() {
      if (isOurs()) put(value);
    },
    undo() {
      if (!isOurs()) return;
      if (assigned) put(typeof value === 'function' ? (originals.get(value) ?? value) : value);
      else if (before === undefined) Reflect.deleteProperty(console, name);
      else Object.defineProperty(console, name, before);
    },
  };
}
