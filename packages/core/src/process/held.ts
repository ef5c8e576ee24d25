/**
 * What our code calls of Node and of the language's globals, as it was when this file was loaded. A program may replace any of
 * it (fake timers, mocks of the network or of files, "no network in tests"), and none of that may reach us.
 *
 * No source imports this file. `scripts/bundle.ts` gives these names to every source in place of the globals, of `import fs from
 * 'node:fs'` and of `process.kill`, and refuses a member that is missing here. These stay the program's: `process.env`, the
 * standard streams, `process.nextTick`, `process.emit`, `process.emitWarning`, and the prototypes of built-in classes. A source
 * that patches a module of Node asks `process.getBuiltinModule`.
 */
import { oncePerThread } from './once-per-thread.ts';
import { untraced } from './untraced.ts';

type Global = typeof globalThis;
type AnyFunction = (...args: never[]) => unknown;

const real: Global = globalThis;
const node: NodeJS.Process = real.process;
const realFs: typeof import('node:fs') = node.getBuiltinModule('node:fs');
const realNet: typeof import('node:net') = node.getBuiltinModule('node:net');

/** Of the first copy of this package: `wait` may have been watched since, for the program's own calls. */
export const Atomics: Global['Atomics'] = oncePerThread('Atomics', () => pick(real.Atomics));
export const Buffer: Global['Buffer'] = pick(real.Buffer);
export const Date: Global['Date'] = hold(real.Date, ['now', 'parse', 'UTC']);
export const JSON: Global['JSON'] = pick(real.JSON);
export const Math: Global['Math'] = pick(real.Math);
export const Reflect: Global['Reflect'] = pick(real.Reflect);
export const SharedArrayBuffer: Global['SharedArrayBuffer'] = real.SharedArrayBuffer;
const ourURL: Global['URL'] = hold(real.URL, ['canParse']);

// ncc puts its own use of `URL` in front of our code, in the same scope.
export { ourURL as URL };
export const clearInterval: Global['clearInterval'] = real.clearInterval;
export const clearTimeout: Global['clearTimeout'] = real.clearTimeout;
export const queueMicrotask: Global['queueMicrotask'] = real.queueMicrotask;
export const setImmediate: Global['setImmediate'] = real.setImmediate;
export const setInterval: Global['setInterval'] = real.setInterval;
export const setTimeout: Global['setTimeout'] = real.setTimeout;

/** Where a source says `process`, and none of the members of `heldProcess`. */
export const process: NodeJS.Process = node;

export const heldProcess: NodeJS.Process = {
  ...pick(node, ['pid', 'platform', 'release', 'versions']),
  ...bound(node, ['cwd', 'hrtime', 'kill', 'listenerCount', 'off', 'on', 'prependListener']),
  ...bound(node, ['_rawDebug']),
  getBuiltinModule: getBuiltinModule as NodeJS.Process['getBuiltinModule'],
};

const SYNC = `
access close exists fchmod fstat ftruncate lstat lutimes mkdir open opendir readFile read readdir readlink realpath rename rm rmdir stat unlink
writeFile write writev`;
export const fs: typeof import('node:fs') = pick(realFs, [
  'constants',
  ...(SYNC.match(/\w+/g) as string[]).map((name) => `${name}Sync`),
]);
export const net: typeof import('node:net') = pick(realNet, ['Socket', 'isIP']);

/**
 * Modules that take milliseconds to load: what we call of each is held from the first time that a source asks for it. The ids lack
 * `node:`, as in the bundles.
 */
const LATER: ReadonlyMap<string, readonly string[]> = new Map([
  ['crypto', ['createCipheriv', 'createDecipheriv', 'createHmac', 'createSecretKey']],
  ['dns', ['lookup']],
  ['tls', ['connect']],
]);
const heldModules = new Map<string, object>();
const realModule = node.getBuiltinModule;

function getBuiltinModule(id: string): object | undefined {
  const names = LATER.get(id);
  if (names === undefined) return realModule(id);
  let held = heldModules.get(id);
  if (held === undefined) {
    const module = realModule(id) as object;
    // The rest of the module stays the program's, which may have changed settings there, such as the versions of TLS that it allows.
    held = Object.assign(Object.create(module), pick(module, names)) as object;
    heldModules.set(id, held);
    if (id === 'tls') getBuiltinModule('crypto');
  }
  return held;
}

/** An object with these members alone. */
function pick<Owner extends object>(
  owner: Owner,
  names: readonly string[] = Object.getOwnPropertyNames(owner),
): Owner {
  const held: Record<string, unknown> = {};
  for (const name of names) held[name] = untraced(owner[name as keyof Owner]);
  return held as Owner;
}

function bound<Owner extends object>(owner: Owner, names: readonly string[]): Owner {
  const held: Record<string, unknown> = {};
  for (const name of names) held[name] = (owner[name as keyof Owner] as AnyFunction).bind(owner);
  return held as Owner;
}

/** A class that makes the same objects, with these static methods. */
function hold<Made extends new (...args: never[]) => object>(
  made: Made,
  names: readonly string[],
): Made {
  function held(...args: never[]): object {
    return new made(...args);
  }
  held.prototype = made.prototype as object;
  return Object.assign(held, pick(made, names)) as unknown as Made;
}
