/** Compiles the first file from V8's code cache, if `code-cache` has made one: compiling is most of what a start costs. @lazy */
import type { Script } from 'node:vm';
import { writePrivateFile } from '@direct-logging/core';

const OTHERS_MAY_WRITE = 0o022;
/** The lengths of the source and of V8's data. */
const HEAD_BYTES = 8;

export function codeCacheIn(folder: string): string {
  return `${folder}/first.cache`;
}

/**
 * V8 refuses a cache that does not fit this Node or its flags: the file is then compiled as usual. Core's functions are not used here,
 * since loading them would compile the file from its source first.
 */
export function useCodeCache(folder: string): void {
  const { readFileSync, statSync } = process.getBuiltinModule('node:fs');
  const path = codeCacheIn(folder);
  try {
    // Windows has no such modes.
    if (process.platform !== 'win32' && (statSync(path).mode & OTHERS_MAY_WRITE) !== 0) return;
    loadFirstFile(folder, readFileSync(path));
  } catch {
    // Then `require` loads the file.
  }
}

/**
 * Writes what V8 has compiled. V8 compares only the length of the source, and runs damaged data until it crashes. So the file holds
 * the source that it was made from, and the data twice: comparing bytes takes microseconds, while `node:crypto`, which could
 * make a hash, takes milliseconds to load.
 */
export function writeCodeCache(folder: string, script: Script): void {
  const source = sourceIn(folder);
  const data = script.createCachedData();
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32LE(source.length, 0);
  head.writeUInt32LE(data.length, 4);
  // Whoever runs the programs of an image is often not the one who built it.
  writePrivateFile(codeCacheIn(folder), Buffer.concat([head, source, data, data]), 0o644);
}

/**
 * Loads the first file; `require` finds it loaded.
 * @throws Error if it was not made from this file, or is damaged.
 */
export function loadFirstFile(folder: string, cache?: Buffer): Script {
  const source = sourceIn(folder);
  const module = process.getBuiltinModule('node:module');
  const filename = fileIn(folder);
  const options =
    cache === undefined ? { filename } : { filename, cachedData: checked(cache, source) };
  const vm = process.getBuiltinModule('node:vm');
  const script = new vm.Script(module.wrap(source.toString()), options);
  const require = module.createRequire(filename);
  const loaded = Object.assign(new module(filename), { filename, loaded: true });
  script.runInThisContext()(loaded.exports, require, loaded, filename, folder);
  require.cache[filename] = loaded;
  return script;
}

/** V8's data, if both copies are the same and the source is the one that they were made from. */
function checked(cache: Buffer, source: Buffer): Buffer {
  const afterSource = HEAD_BYTES + cache.readUInt32LE(0);
  const afterData = afterSource + cache.readUInt32LE(4);
  const data = cache.subarray(afterSource, afterData);
  const isSame = cache.subarray(HEAD_BYTES, afterSource).equals(source);
  if (!isSame || !cache.subarray(afterData).equals(data)) throw new Error('damaged, or outdated');
  return data;
}

function sourceIn(folder: string): Buffer {
  return process.getBuiltinModule('node:fs').readFileSync(fileIn(folder));
}

function fileIn(folder: string): string {
  return process.getBuiltinModule('node:path').join(folder, 'first.cjs');
}
