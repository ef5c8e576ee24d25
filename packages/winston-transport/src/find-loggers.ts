/** Finds winston's Logger class when the program first makes a logger, without a hook in the module loader. */

import { replaceMethod } from '@direct-logging/core';

/**
 * The class that all transports of winston 3 derive from is made with `util.inherits`. In a bundle it may have lost its name;
 * the names of its properties stay.
 */
const SETS = ['handleExceptions', 'silent'];

/**
 * Calls `found` with the prototype of the Logger class, before the first line of the first logger that has a transport.
 * @returns Stops looking.
 */
export function findLoggers(found: (prototype: object) => void): () => void {
  let isLooking = true;
  const util = process.getBuiltinModule('node:util');
  const undo = replaceMethod(util, 'inherits', (original) => {
    return function (this: unknown, ...args: unknown[]): unknown {
      const result: unknown = Reflect.apply(original, this, args);
      const [derived] = args;
      if (isLooking && isTransportClass(derived)) {
        awaitParent(derived, (prototype) => isLooking && found(prototype));
      }
      return result;
    };
  });
  return () => {
    isLooking = false;
    undo();
  };
}

function isTransportClass(derived: unknown): derived is { readonly prototype: unknown } {
  if (typeof derived !== 'function') return false;
  const source = Function.prototype.toString.call(derived);
  return SETS.every((name) => source.includes(`.${name}`));
}

/** A transport that is added to a logger gets it as its `parent`: from then on that is an ordinary property. */
function awaitParent(transportClass: { prototype?: unknown }, found: (prototype: object) => void) {
  Object.defineProperty(transportClass.prototype, 'parent', {
    configurable: true,
    get: () => undefined,
    set(this: object, parent: unknown) {
      Object.defineProperty(this, 'parent', {
        value: parent,
        writable: true,
        enumerable: true,
        configurable: true,
      });
      const prototype = loggerPrototype(parent);
      if (prototype !== undefined) found(prototype);
    },
  });
}

/** Loggers are made of classes derived from it, one each. */
function loggerPrototype(logger: unknown): object | undefined {
  let at: unknown = logger;
  while (typeof at === 'object' && at !== null) {
    if (Object.hasOwn(at, '_transform') && Object.hasOwn(at, 'configure')) return at;
    at = Object.getPrototypeOf(at);
  }
  return undefined;
}
