/** Replaces a method of somebody else so that it looks as before, and puts it back: what hooks are made of. */

// biome-ignore lint/suspicious/noExplicitAny: the functions of somebody else, passed on untouched
export type AnyFunction = (this: any, ...args: any[]) => any;

/**
 * Puts `make(original)` where the method stands, with the original's name, length and further properties.
 *
 * @returns Restores what stood there, unless somebody has patched on top.
 */
export function replaceMethod(
  owner: object,
  name: string,
  make: (original: AnyFunction) => AnyFunction,
): () => void {
  const before = Object.getOwnPropertyDescriptor(owner, name);
  const original: unknown = Reflect.get(owner, name);
  if (typeof original !== 'function') return () => {};
  const replacement = imitate(make(original as AnyFunction), original as AnyFunction);
  const inherited = { writable: true, enumerable: isEnumerable(owner, name), configurable: true };
  Object.defineProperty(owner, name, { ...(before ?? inherited), value: replacement });
  return () => {
    if (Object.getOwnPropertyDescriptor(owner, name)?.value !== replacement) return;
    if (before === undefined) Reflect.deleteProperty(owner, name);
    else Object.defineProperty(owner, name, before);
  };
}

/** Whether a loop over the properties finds it, wherever in the chain of prototypes it stands. */
function isEnumerable(owner: object, name: string): boolean {
  for (let at: object | null = owner; at !== null; at = Object.getPrototypeOf(at)) {
    const found = Object.getOwnPropertyDescriptor(at, name);
    if (found !== undefined) return found.enumerable === true;
  }
  return false;
}

/** Gives a function the name, length and further properties (`util.promisify.custom`) of the one it stands for. */
export function imitate(replacement: AnyFunction, original: AnyFunction): AnyFunction {
  for (const key of Reflect.ownKeys(original)) {
    if (key === 'prototype') continue;
    const descriptor = Object.getOwnPropertyDescriptor(original, key);
    if (descriptor !== undefined) Object.defineProperty(replacement, key, descriptor);
  }
  return replacement;
}
