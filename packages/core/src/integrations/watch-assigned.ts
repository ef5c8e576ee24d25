/** Sees what the constructor of a class assigns. @lazy logger */
import { attempt } from '../process/guard.ts';

/**
 * Gives `change` what a constructor assigns to a property of the class's objects, before any other code sees it. Then it is
 * an ordinary property.
 * @param change Returns the value that the property gets. Undefined if it gets what is assigned.
 */
export function watchAssigned(
  prototype: object,
  name: string,
  change: (owner: object, value: unknown) => unknown,
): void {
  Object.defineProperty(prototype, name, {
    configurable: true,
    get: () => undefined,
    set(this: object, value: unknown) {
      const descriptor = { writable: true, enumerable: true, configurable: true };
      Reflect.defineProperty(this, name, {
        ...descriptor,
        value: attempt(() => change(this, value)) ?? value,
      });
    },
  });
}
