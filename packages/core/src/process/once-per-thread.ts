/** What all copies of this package in one thread share: the preload has one, for example, and the application another. */

/** What the first copy made under this name. */
export function oncePerThread<Shared>(name: string, make: () => Shared): Shared {
  const key = Symbol.for(`@direct-logging/${name}`);
  const holder = globalThis as { [key]?: Shared };
  let shared = holder[key];
  if (shared === undefined) {
    shared = make();
    // Not enumerable: a loop of the application over its globals must not find it.
    Object.defineProperty(holder, key, { value: shared, configurable: true });
  }
  return shared;
}
