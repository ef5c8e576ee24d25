/** Finds a class of another package when it is made, without a hook in the module loader. */
import { replaceMethod } from '../process/replace-method.ts';

/**
 * Calls `found` with the prototype of every class that is made with `util.inherits` and mentions these properties. In a
 * bundle a class can lose its name, but its properties keep theirs. The class has no objects yet at that time.
 * @returns Stops looking.
 */
export function findClass(
  properties: readonly string[],
  found: (prototype: object) => void,
): () => void {
  let isLooking = true;
  const util = process.getBuiltinModule('node:util');
  const undo = replaceMethod(util, 'inherits', (original) => {
    return function (this: unknown, ...args: unknown[]): unknown {
      const result: unknown = Reflect.apply(original, this, args);
      const [made] = args;
      if (isLooking && mentions(made, properties)) found(made.prototype as object);
      return result;
    };
  });
  return () => {
    isLooking = false;
    undo();
  };
}

function mentions(made: unknown, properties: readonly string[]): made is { prototype: unknown } {
  if (typeof made !== 'function') return false;
  const source = Function.prototype.toString.call(made);
  return properties.every((name) => source.includes(`.${name}`));
}

/**
 * Gives `change` what a constructor assigns to a property of the class's objects, before any other code sees it. Then it is
 * an ordinary property.
 * @param change Returns the value that the property gets.
 * @returns Stops watching.
 */
export function watchAssigned(
  prototype: object,
  name: string,
  change: (owner: object, value: unknown) => unknown,
): () => void {
  Object.defineProperty(prototype, name, {
    configurable: true,
    get: () => undefined,
    set(this: object, value: unknown) {
      const descriptor = { writable: true, enumerable: true, configurable: true };
      Object.defineProperty(this, name, { ...descriptor, value: change(this, value) });
    },
  });
  const ours = Object.getOwnPropertyDescriptor(prototype, name)?.set;
  return () => {
    const now = Object.getOwnPropertyDescriptor(prototype, name);
    if (now?.set === ours) Reflect.deleteProperty(prototype, name);
  };
}
