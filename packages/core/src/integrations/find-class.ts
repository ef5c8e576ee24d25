/** Finds a class of another package when it is made, without a hook in the module loader. */
import { attempt } from '../process/guard.ts';
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
      // A file of the preload may be gone. The class works without direct-logging.
      if (isLooking) attempt(() => mentions(made, properties) && found(made.prototype as object));
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
