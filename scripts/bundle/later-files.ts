/** A plugin of the bundler that divides a preload into files that are loaded when they are first needed. */
import { basename, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'rolldown';

const PACKAGES = fileURLToPath(new URL('../../packages/', import.meta.url));

/**
 * A source whose first comment says `@lazy` begins a separate file of a preload. All that say `@lazy logger` are in one file of that
 * name; `@lazy first` begins the first file, and `@lazy json` the one that a first line of JSON needs beside it.
 */
const LAZY = /^\/\*\*(?:(?!\*\/)[\s\S])*@lazy\b ?(\w*)/;
const FIRST = 'first';
const JSON_LINES = 'json';
/** What several of the later files need. */
const SHARED = 'shared';

/**
 * Puts a source that says `@lazy`, and what only such sources import, into a file that is required when one of its exports is
 * first used. Other sources import it as usual. If they use it while they are loaded themselves, it is just loaded early.
 */
export function laterFiles(): {
  readonly plugin: Plugin;
  readonly fileOf: (id: string) => string | null;
} {
  /** Each lazy source, with the name of its file. */
  const lazy = new Map<string, string>();
  const files = new Map<string, string>();
  const plugin: Plugin = {
    name: 'later-files',
    transform(code, id) {
      if (/^export let /m.test(code)) throw new Error(`${id} exports a value that may change`);
      const [, name] = LAZY.exec(code) ?? [];
      if (name !== undefined) lazy.set(id, name === '' ? fileNameOf(id) : name);
    },
    buildEnd() {
      const importsOf = (id: string) => this.getModuleInfo(id)?.importedIds ?? [];
      const eachFrom = (roots: Iterable<string>, put: (id: string, root: string) => void) => {
        for (const root of roots) {
          for (const id of reachable(root, importsOf, lazy)) put(id, root);
        }
      };
      eachFrom(lazy.keys(), (id, root) => {
        const name = lazy.get(root) as string;
        files.set(id, [name, undefined].includes(files.get(id)) ? name : SHARED);
      });
      // The first file is loaded before the others, so what it contains is there for all. The same goes for an entry. A first line of
      // JSON shall need one more file.
      for (const name of [JSON_LINES, FIRST]) {
        const roots = [...lazy.keys()].filter((root) => lazy.get(root) === name);
        eachFrom(roots, (id) => files.set(id, name));
      }
      const entries = [...this.getModuleIds()].filter((id) => this.getModuleInfo(id)?.isEntry);
      eachFrom(entries, (id) => files.delete(id));
    },
    renderChunk: (code, { isEntry, name }) => ({
      code:
        requireLater(isEntry ? code : withPlainExports(code), isEntry) +
        (name === FIRST ? 'later.keep();' : ''),
      map: null,
    }),
  };
  return { plugin, fileOf: (id) => files.get(id) ?? null };
}

function reachable(
  from: string,
  importsOf: (id: string) => readonly string[],
  without: ReadonlyMap<string, unknown>,
  found: Set<string> = new Set(),
): ReadonlySet<string> {
  found.add(from);
  for (const id of importsOf(from)) {
    if (!found.has(id) && !without.has(id)) reachable(id, importsOf, without, found);
  }
  return found;
}

/** `pino-transport-interceptor` for `interceptor.ts` of `pino-transport`. */
function fileNameOf(source: string): string {
  const [name] = source.slice(PACKAGES.length).split(sep);
  return `${name}-${basename(source, '.ts')}`;
}

const GETTER =
  /^Object\.defineProperty\(exports, "([\w$]+)", \{\s+enumerable: true,\s+get: function \(\) \{\s+return ([\w$]+);\s+\}\s+\}\);$/gm;

/** The bundler exports through getters, since a value may change later. None of ours does, so plain properties are enough. */
function withPlainExports(code: string): string {
  const values: string[] = [];
  const plain = code.replace(GETTER, (_, name, value) => {
    values.push(`${name}: ${value}`);
    return '';
  });
  if (plain.includes('Object.defineProperty(exports, "')) throw new Error('a getter is left');
  return `${plain}Object.assign(exports, { ${values} });`;
}

const REQUIRE = /^const (require_\w+) = require\("(\.\/[^"]+)"\);$/gm;

const KEPT_AFTER_MS = 1_000;
const SHARED_LATER =
  "Symbol.for('direct-logging.later ' + (typeof __dirname === 'string' ? __dirname : ''))";

/**
 * Makes a function that requires one of our files at its first call, wherever that is possible. The entry shares it with the other files. A second after the first file was
 * loaded, the texts of all are kept: an upgrade in place may bring others, and a folder may be pruned. Until then they are read as at
 * the start: a program can replace what reads files, with mocks of `fs`, or with mock-fs beneath it
 * (https://github.com/tschaub/mock-fs/blob/main/lib/index.js). In the bundle of a program there are no such files.
 */
const LATER = `
// An old Node must be able to read the entry, which then refuses it.
const { readFileSync, readdirSync } = process.getBuiltinModule?.('node:fs') ?? {};
const texts = new Map();
let isTold = false;
const fileOf = (name) => process.getBuiltinModule('node:path').join(__dirname, name);
const sharedLater = ${SHARED_LATER};
if (globalThis[sharedLater] === undefined) Object.defineProperty(globalThis, sharedLater, { value: later });
function later(load) {
  let exports;
  return () => exports || (exports = loadLater(load));
}
function loadLater(load) {
  const isBundled = typeof __dirname !== 'string';
  // Its name is in its code. A bundler may replace that, and has the file then.
  const [name = ''] = /[\\w-]+\\.cjs/.exec(load) ?? [];
  const filename = isBundled ? '' : fileOf(name);
  if (!texts.has(filename)) {
    try {
      return load();
    } catch (error) {
      if (isBundled) throw error;
    }
  }
  if (require.cache[filename] !== undefined) return require.cache[filename].exports;
  const text = texts.get(filename) ?? readMocked(filename);
  const Module = process.getBuiltinModule('node:module');
  const loaded = Object.assign(new Module(filename), { filename });
  loaded._compile(text, filename);
  require.cache[filename] = loaded;
  return loaded.exports;
}
function readMocked(filename) {
  const binding = process.binding('fs');
  const mocked = binding._mockedBinding;
  if (mocked !== undefined) binding._mockedBinding = undefined;
  try {
    return readFileSync(filename, 'utf8');
  } catch (error) {
    if (!isTold) process.emitWarning(filename + ' is gone: some lines are not shipped', 'DirectLoggingWarning', 'DL_FILE_GONE');
    isTold = true;
    throw error;
  } finally {
    if (mocked !== undefined) binding._mockedBinding = mocked;
  }
}
later.keep = () => {
  const keep = () => {
    const names = readdirSync(__dirname).filter((name) => /\\.cjs$/.test(name));
    if (!names.includes('first.cjs')) return;
    for (const name of names) if (require.cache[fileOf(name)] === undefined) texts.set(fileOf(name), readFileSync(fileOf(name), 'utf8'));
  };
  setTimeout(() => {
    try {
      keep();
    } catch {}
  }, ${KEPT_AFTER_MS}).unref?.();
};
`;
/**
 * Replaces the module with a function that requires it at the first call. Outside an entry, the first file is loaded already,
 * so that would gain nothing.
 */
function requireLater(code: string, isEntry: boolean): string {
  const names: string[] = [];
  const later = code.replace(REQUIRE, (line, name: string, path: string) => {
    if (!isEntry && path === `./${FIRST}.cjs`) return line;
    const at = names.push(name);
    const begin = at > 1 ? '' : isEntry ? LATER : `const later = globalThis[${SHARED_LATER}];\n`;
    return `${begin}const f${at} = later(() => require("${path}"));`;
  });
  return names.reduce((text, name, at) => text.replaceAll(`${name}.`, `(f${at + 1}()).`), later);
}
