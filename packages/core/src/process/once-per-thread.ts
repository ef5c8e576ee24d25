/** What several copies of this package in one thread share, such as the one in the preload and the application's own. */

/** What the first copy has made under this name. */
export function oncePerThread<Shared>(name: string, make: () => Shared): Shared {
  const key = Symbol.for(`@direct-logging/${name}`);
  const holder = globalThis as { [key]?: Shared };
  let shared = holder[key];
  if (shared === undefined) {
    shared = make();
    // Not enumerable: the application's own look at its globals stays as it was.
    Object.defineProperty(holder, key, { value: shared, configurable: true });
  }
  return shared;
}
