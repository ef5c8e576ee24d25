/** A plugin of the bundler that divides a preload into files that are loaded when they are first needed. */
import { createHash } from 'node:crypto';
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
    generateBundle(_, bundle) {
      const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
      const all = chunks.map(({ code }) => code).join();
      const build = createHash('sha256').update(all).digest('hex').slice(0, BUILD.length);
      for (const chunk of chunks) {
        // As long as before, so that the source map still fits.
        if (chunk.isEntry) chunk.code = chunk.code.replace(BUILD, build);
        else chunk.code = chunk.code.replace(/;?\s*$/, `;exports.build="${build}"`);
      }
    },
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
/** Where the entry has the name of its build. Each of the other files has it, too: the short names in them differ between builds. */
const BUILD = '%build%%';
const KEY =
  "Symbol.for('direct-logging.later ' + (typeof __dirname === 'string' ? __dirname : ''))";
const SHARED_LATER = `globalThis[${KEY}]`;

/**
 * Makes a function that loads one of our files at its first call. The entry shares it with the other files. We read and compile
 * them, since a program can replace how Node loads files: mockery warns of each that a test has not allowed
 * (https://github.com/mfncooper/mockery), and rewiremock refuses it. In the bundle of a program there are no such files, and
 * `require` is not in the code any more. In the context of a test (jest, vitest with threads of vm) Node's `Module` is of another realm:
 * there, `require` loads our files into the same context.
 *
 * A second after the first file was loaded, the texts of all are kept: an upgrade in place may bring others, and a folder may be pruned.
 * Until then they are read as at the start: a program can replace what reads files, with mocks of `fs`, or with mock-fs beneath it
 * (https://github.com/tschaub/mock-fs/blob/main/lib/index.js).
 */
const LATER = `
const later = ${SHARED_LATER} || makeLater();
function makeLater() {
  // An old Node must be able to read the entry, which then refuses it.
  const { readFileSync, readdirSync } = process.getBuiltinModule?.('node:fs') ?? {};
  const { join } = process.getBuiltinModule?.('node:path') ?? {};
  const Module = process.getBuiltinModule?.('node:module');
  const isInContext = !(Module instanceof Function);
  const compile = Module?.prototype._compile;
  // A \`require\` that hooks of \`module.register\` have a part in has no \`cache\`.
  const cache = Module?._cache;
  const texts = new Map();
  const modules = new Map();
  let isTold = false;
  const fileOf = (name) => join(__dirname, name);
  const later = (load) => {
    let exports;
    return () => exports || (exports = loadNow(load));
  };
  Object.defineProperty(globalThis, ${KEY}, { value: later });
  return Object.assign(later, { now: loadNow, keep });

  function loadNow(load) {
    const [, name] = /^\\(\\)\\s*=>\\s*require\\("\\.\\/([\\w-]+\\.cjs)"\\)$/.exec(load) ?? [];
    if (name === undefined || isInContext) return load();
    const filename = fileOf(name);
    const known = modules.get(filename) ?? cache[filename];
    if (known !== undefined) return known.exports;
    const text = textOf(filename);
    const loaded = Object.assign(new Module(filename), { filename, paths: [] });
    modules.set(filename, loaded);
    try {
      compile.call(loaded, text, filename);
    } catch (error) {
      modules.delete(filename);
      throw error;
    }
    cache[filename] = Object.assign(loaded, { loaded: true });
    return loaded.exports;
  }
  function textOf(filename) {
    try {
      const text = texts.get(filename) ?? read(filename);
      if (text.lastIndexOf('${BUILD}') !== -1) return text;
      throw new Error('another build');
    } catch (error) {
      if (!isTold) process.emitWarning(filename + ' cannot be read, or is of another build: some lines are not shipped', 'DirectLoggingWarning', 'DL_FILE_GONE');
      isTold = true;
      throw error;
    }
  }
  function read(filename) {
    try {
      return readFileSync(filename, 'utf8');
    } catch {
      return readBeneathMock(filename);
    }
  }
  function readBeneathMock(filename) {
    const binding = process.binding('fs');
    const mocked = binding._mockedBinding;
    if (mocked !== undefined) binding._mockedBinding = undefined;
    try {
      return readFileSync(filename, 'utf8');
    } finally {
      if (mocked !== undefined) binding._mockedBinding = mocked;
    }
  }
  function keep() {
    const keepTexts = () => {
      const names = readdirSync(__dirname).filter((name) => /\\.cjs$/.test(name));
      if (!names.includes('first.cjs')) return;
      for (const name of names) if (!modules.has(fileOf(name))) texts.set(fileOf(name), readFileSync(fileOf(name), 'utf8'));
    };
    setTimeout(() => {
      try {
        keepTexts();
      } catch {}
    }, ${KEPT_AFTER_MS}).unref?.();
  }
}
`;
/** Replaces the module with a function that loads it at the first call. The first file is there already, unless an entry loads it. */
function requireLater(code: string, isEntry: boolean): string {
  const names: string[] = [];
  let begin = isEntry ? LATER : `const later = ${SHARED_LATER};\n`;
  const later = code.replace(REQUIRE, (_, name: string, path: string) => {
    const isThere = !isEntry && path === `./${FIRST}.cjs`;
    const loads = `later${isThere ? '.now' : ''}(() => require("${path}"))`;
    const at = isThere ? undefined : names.push(name);
    const line = `${begin}const ${at === undefined ? name : `f${at}`} = ${loads};`;
    begin = '';
    return line;
  });
  return names.reduce((text, name, at) => text.replaceAll(`${name}.`, `(f${at + 1}()).`), later);
}
