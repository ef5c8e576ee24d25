/**
 * Compiles the first file from V8's code cache, if `code-cache` has made one: compiling is most of what a start costs.
 *
 * @lazy
 */
import type { Script } from 'node:vm';

/** Where the cache is. */
export function codeCacheIn(folder: string): string {
  return `${folder}/first.cache`;
}

/** V8 refuses a cache that does not fit this Node or its flags: the file is then compiled as usual. */
export function useCodeCache(folder: string): void {
  try {
    loadFirstFile(folder, process.getBuiltinModule('node:fs').readFileSync(codeCacheIn(folder)));
  } catch {
    // Then `require` loads the file.
  }
}

/** Loads the first file; `require` finds it loaded. */
export function loadFirstFile(folder: string, cachedData?: Buffer): Script {
  const { readFileSync } = process.getBuiltinModule('node:fs');
  const module = process.getBuiltinModule('node:module');
  const filename = process.getBuiltinModule('node:path').join(folder, 'first.cjs');
  const options = cachedData === undefined ? { filename } : { filename, cachedData };
  const script = new (process.getBuiltinModule('node:vm').Script)(
    module.wrap(readFileSync(filename, 'utf8')),
    options,
  );
  const require = module.createRequire(filename);
  const loaded = Object.assign(new module(filename), { filename, loaded: true });
  script.runInThisContext()(loaded.exports, require, loaded, filename, folder);
  require.cache[filename] = loaded;
  return script;
}
