/** Replaces a method of another module so that it looks the same, and restores it. All hooks are made with this. */
import { attempt } from './guard.ts';

/** A function of another module. */
// biome-ignore lint/suspicious/noExplicitAny: functions of other modules, passed on untouched
export type AnyFunction = (this: any, ...args: any[]) => any;

/**
 * Replaces the method with `make(original)`, which gets the original's name, length and other properties.
 *
 * @returns Restores the original, unless another module has patched the method since.
 */
export function replaceMethod(
  owner: object,
  name: string,
  make: (original: AnyFunction) => AnyFunction,
): () => void {
  const before = Object.getOwnPropertyDescriptor(owner, name);
  const original = Reflect.get(owner, name) as AnyFunction | undefined;
  if (typeof original !== 'function') return () => {};
  const replacement = imitate(make(before ? original : inheritedMethod(owner, name)), original);
  const inherited = { writable: true, enumerable: isEnumerable(owner, name), configurable: true };
  Object.defineProperty(owner, name, { ...(before ?? inherited), value: replacement });
  return () => {
    if (Object.getOwnPropertyDescriptor(owner, name)?.value !== replacement) return;
    if (before === undefined) Reflect.deleteProperty(owner, name);
    else Object.defineProperty(owner, name, before);
  };
}

/**
 * Calls `see` before each call of a method. What it throws reaches nobody.
 * @param see May return a function, which is then called with the result of the method.
 * @returns Restores the original, as `replaceMethod` does.
 */
export function watchCalls<Self>(
  owner: object,
  name: string,
  see: (self: Self, args: unknown[]) => unknown,
): () => void {
  return replaceMethod(owner, name, (original) => {
    return function (this: Self, ...args: unknown[]): unknown {
      const after = attempt(() => see(this, args));
      const result: unknown = Reflect.apply(original, this, args);
      if (typeof after === 'function') attempt(() => after(result));
      return result;
    };
  });
}

/** Returns a function that undoes all of these, the last one first. */
export function undoAll(undos: readonly (() => void)[]): () => void {
  return () => {
    for (const undo of undos.toReversed()) undo();
  };
}

/** The method of the prototype, looked up at each call: a program may patch the class later. */
function inheritedMethod(owner: object, name: string): AnyFunction {
  const above = Object.getPrototypeOf(owner);
  return function (...args) {
    return Reflect.apply(above[name], this, args);
  };
}

/** Whether a loop over the properties finds it, anywhere in the prototype chain. */
function isEnumerable(owner: object, name: string): boolean {
  for (let at: object | null = owner; at !== null; at = Object.getPrototypeOf(at)) {
    const found = Object.getOwnPropertyDescriptor(at, name);
    if (found !== undefined) return found.enumerable === true;
  }
  return false;
}

/** Gives a function the name, length and other properties (`util.promisify.custom`) of the one that it replaces. */
export function imitate(replacement: AnyFunction, original: AnyFunction): AnyFunction {
  for (const key of Reflect.ownKeys(original)) {
    if (key === 'prototype') continue;
    const descriptor = Object.getOwnPropertyDescriptor(original, key);
    if (descriptor !== undefined) Object.defineProperty(replacement, key, descriptor);
  }
  return replacement;
}
