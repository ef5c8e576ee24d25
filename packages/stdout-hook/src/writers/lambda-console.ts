/** The console under Lambda's runtime client, which replaces the methods and never calls the previous ones. @lazy lambda */
import { type AnyFunction, guarded, undoAll } from '@direct-logging/core';
import type { Capture } from '../capture.ts';
import { unwrap, wrap } from '../console-calls.ts';

/** The methods that the client assigns. Only `log` can come after `fatal`. */
const ASSIGNED = ['log', 'info', 'debug', 'warn', 'error', 'trace', 'fatal'];

interface Followed {
  /** Makes the method an ordinary property. */
  settle(): void;
  undo(): void;
}

/**
 * Until the client has replaced the methods, wraps each function that is assigned. Afterwards they are ordinary properties
 * again, and a later patch goes on top of ours.
 */
export function followAssignments(capture: Capture): () => void {
  const settleAll = guarded(() => {
    for (const { settle } of followed) settle();
  });
  const followed = ASSIGNED.map((name) =>
    followOne(name, capture, name === 'fatal' ? () => queueMicrotask(settleAll) : () => {}),
  );
  return undoAll(followed.map(({ undo }) => undo));
}

function followOne(name: string, capture: Capture, onAssigned: () => void): Followed {
  const before = Object.getOwnPropertyDescriptor(console, name);
  let value: unknown = before?.value;
  let isAssigned = false;
  const get = (): unknown => value;
  const set = (given: unknown): void => {
    isAssigned = true;
    value = typeof given === 'function' ? wrap(name, given as AnyFunction, capture) : given;
    onAssigned();
  };
  const isOurs = (): boolean => {
    const now = Object.getOwnPropertyDescriptor(console, name);
    return now?.get === get || (now !== undefined && isAssigned && now.value === value);
  };
  const put = (descriptor: PropertyDescriptor): void => {
    Object.defineProperty(console, name, { configurable: true, ...descriptor });
  };
  put({ get, set, enumerable: before !== undefined });
  return {
    settle() {
      if (isOurs()) put({ value, writable: true, enumerable: true });
    },
    undo() {
      if (!isOurs()) return;
      const original = typeof value === 'function' ? unwrap(value as AnyFunction) : value;
      if (isAssigned) put({ value: original, writable: true, enumerable: true });
      else if (before === undefined) Reflect.deleteProperty(console, name);
      else put(before);
    },
  };
}
