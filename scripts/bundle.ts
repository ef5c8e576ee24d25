/**
 * Bundles each package into one file per entry. The preload becomes one file with what its first line of text needs, and more
 * files with the rest: reading and compiling code is most of what a start costs.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type OutputOptions, type Plugin, type RolldownOptions, rolldown } from 'rolldown';
import { parseAst } from 'rolldown/parseAst';
import * as heldNames from '../packages/core/src/process/held.ts';
import { inlinePrograms } from './inline-programs.ts';

interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

interface Package {
  readonly folder: string;
  readonly manifest: Manifest;
}

const PACKAGES = fileURLToPath(new URL('../packages/', import.meta.url));
const OURS = '@direct-logging/';
const NAMES = { function: true, class: true };

function packageIn(folder: string): Package {
  return { folder, manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) };
}

async function bundle({ folder, manifest }: Package): Promise<void> {
  for (const entries of [manifest.exports, manifest.bin ?? {}]) {
    const library = sourcesOf(entries, '.js');
    if (Object.keys(library).length > 0) await writeLibrary(folder, library);
    const preload = sourcesOf(entries, '.cjs');
    if (Object.keys(preload).length > 0) await writePreload(folder, preload);
  }
}

/** `./dist/index.js` in `exports` or `bin` is made from `src/index.ts`. */
function sourcesOf(entries: object, extension: '.js' | '.cjs'): Record<string, string> {
  const paths = JSON.stringify(entries).matchAll(/"\.\/dist\/([^"]+?)(\.c?js)"/g);
  const names = [...paths].filter((path) => path[2] === extension).map(([, name = '']) => name);
  return Object.fromEntries(names.map((name) => [name, `src/${name}.ts`]));
}

async function writeLibrary(cwd: string, input: Record<string, string>): Promise<void> {
  await write(
    { cwd, input, external: /^[^./]|\.cjs$/, plugins: [inlinePrograms, held, builtins] },
    { dir: join(cwd, 'dist'), chunkFileNames: '[name].js' },
  );
}

/**
 * A preload contains our other packages, since looking them up takes milliseconds. It is CommonJS, for `--require` and for old
 * versions of Node: they must be able to read the entry that refuses them. It is minified, but keeps the names in stacks.
 */
async function writePreload(cwd: string, input: Record<string, string>): Promise<void> {
  const { plugin, fileOf } = laterFiles();
  const dist = join(cwd, 'dist');
  // Removes an old code cache, too: V8 compares only the length of the text.
  for (const name of readdirSync(dist)) {
    if (/\.(cjs|cjs\.map|cache)$/.test(name)) rmSync(join(dist, name));
  }
  await write(
    {
      cwd,
      input,
      external: (id) => isPreload(id) || (!id.startsWith(OURS) && /^[^./]/.test(id)),
      plugins: [fromSources, inlinePrograms, held, builtins, ownUrls, plugin],
      preserveEntrySignatures: 'allow-extension',
    },
    {
      dir: dist,
      // Not published: it would be larger than everything else.
      sourcemap: 'hidden',
      format: 'cjs',
      entryFileNames: '[name].cjs',
      chunkFileNames: '[name].cjs',
      minify: { compress: { target: 'es2020', keepNames: NAMES }, mangle: { keepNames: NAMES } },
      codeSplitting: {
        includeDependenciesRecursively: false,
        groups: [{ name: fileOf, debugName: 'later' }],
      },
    },
  );
  for (const name of Object.keys(input)) writeTypesForRequire(join(dist, name));
}

/** The preload has one copy of itself: under its short name it is required. */
function isPreload(id: string): boolean {
  return /^@direct-logging\/auto\b/.test(id);
}

/** Writes the same types for programs in CommonJS. Our other packages are ESM. */
function writeTypesForRequire(path: string): void {
  const types = readFileSync(`${path}.d.ts`, 'utf8');
  const marked = types.replace(/^(import type .+);$/gm, "$1 with { 'resolution-mode': 'import' };");
  writeFileSync(`${path}.d.cts`, marked);
}

async function write(options: RolldownOptions, output: OutputOptions): Promise<void> {
  const build = await rolldown({ platform: 'node', ...options });
  // The maps hold only names and lines: the sources are on GitHub.
  await build.write({ sourcemap: true, sourcemapExcludeSources: true, comments: false, ...output });
  await build.close();
}

const BUILTIN = /^import (?!type )(?:(\w+),? )?(\{[^}]+\} )?from '(node:[^']+)';$/gm;

/**
 * Gets Node's modules as `require` does. An `import` reads every property of such a module, and some of these load more: those
 * of `node:fs` load the promises, the streams and readline.
 */
const builtins: Plugin = {
  name: 'builtins',
  transform: {
    // An old Node has no `getBuiltinModule`. So the file that it reads is left out here.
    filter: { id: { include: /\.ts$/, exclude: /\/auto\/src\/import\.ts$/ } },
    handler: (code) => ({
      code: code.replace(BUILTIN, (_, whole, names, id) => {
        const module = `process.getBuiltinModule('${id}')`;
        const pattern = names?.replaceAll(/type \w+,?/g, '').replaceAll(' as ', ': ');
        if (whole === undefined) return `const ${pattern}= ${module};`;
        return `const ${whole} = ${module}${names === undefined ? '' : `, ${pattern}= ${whole}`};`;
      }),
      // No line moves.
      map: null,
    }),
  },
};

const HELD_SOURCE = join(PACKAGES, 'core/src/process/held.ts');
const HELD: ReadonlyMap<string, object> = new Map(Object.entries(heldNames));
const HELD_IMPORT = /^import (?!type )(\w+|\{[^}]+\}) from 'node:(fs|net)';$/gm;

/**
 * Gives each source what `held.ts` holds in place of the globals, so that no source can forget to. The preload's own entries
 * run before the program does, and one of them on versions of Node that we do not support.
 */
const held: Plugin = {
  name: 'held',
  transform: {
    filter: { id: { include: /\.ts$/, exclude: /\/(auto|cli)\/src\/|\/process\/held\.ts$/ } },
    handler: (code, id) => ({ code: withHeld(code, id), map: null }),
  },
};

function withHeld(source: string, id: string): string {
  const used = new Set<string>();
  const code = source.replace(HELD_IMPORT, (line, names: string, module: string) => {
    used.add(module);
    if (names === module) return line.replace(/./g, ' ');
    const members = names.slice(1, -1).replaceAll(/type \w+,?/g, '');
    for (const name of members.split(',')) if (name.trim() !== '') check(id, module, name.trim());
    return `const {${members}} = ${module};`;
  });
  const places: number[] = [];
  for (const node of nodesIn(parseAst(code, { lang: 'ts' }))) {
    if (node.type === 'Identifier' && HELD.has(node.name)) used.add(node.name);
    if (node.type !== 'MemberExpression' || node.object.type !== 'Identifier') continue;
    const { object, property } = node;
    if (object.name === 'process' && property.name in heldNames.heldProcess) {
      used.add('heldProcess');
      places.push(object.start);
    } else if (HELD.has(object.name) && object.name !== 'process') {
      check(id, object.name, property.name);
    }
  }
  // Behind the code: no line moves, and the first comment stays the first.
  const names = [...used].join();
  return `${replaceAt(code, places, 'process', 'heldProcess')}\nimport { ${names} } from '${HELD_SOURCE}';`;
}

function check(id: string, object: string, member: string): void {
  const known = HELD.get(object);
  if (known === undefined || member in known) return;
  throw new Error(`${id} uses ${object}.${member}, which packages/core/src/process/held.ts lacks`);
}

/** Replaces a word at each of these places. */
function replaceAt(text: string, places: readonly number[], from: string, to: string): string {
  let end = 0;
  const parts = [...places]
    .sort((a, b) => a - b)
    .map((at) => {
      const part = text.slice(end, at) + to;
      end = at + from.length;
      return part;
    });
  return parts.join('') + text.slice(end);
}

// biome-ignore lint/suspicious/noExplicitAny: a node of any kind
function* nodesIn(node: any): Generator<any> {
  if (typeof node?.type === 'string') yield node;
  if (typeof node !== 'object') return;
  for (const child of Object.values(node ?? {})) yield* nodesIn(child);
}

/** Takes our packages from their sources: if they were bundled, nothing in them could be left for later. */
const fromSources: Plugin = {
  name: 'from-sources',
  resolveId: {
    filter: { id: /^@direct-logging\// },
    handler(id) {
      const [name = '', entry = 'index'] = id.slice(OURS.length).split('/');
      return join(PACKAGES, name, 'src', `${entry}.ts`);
    },
  },
};

const FILE_URL = "process.getBuiltinModule('node:url').pathToFileURL(__filename).href";

/**
 * Tells where a file of the preload is. In the bundle of a program this may be unknown, and `require`, which would otherwise be
 * asked, is missing there, too.
 */
const ownUrls: Plugin = {
  name: 'own-urls',
  transform: (code) => ({
    code: code
      .replaceAll('import.meta.url', `(typeof __filename === 'string' ? ${FILE_URL} : undefined)`)
      .replaceAll('import.meta.dirname', `(typeof __dirname === 'string' ? __dirname : undefined)`),
    map: null,
  }),
};

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
function laterFiles(): { readonly plugin: Plugin; readonly fileOf: (id: string) => string | null } {
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

/** In the folder of a package, bundles that package. Elsewhere, bundles all of them. */
const all = readdirSync(PACKAGES).map((name) => packageIn(join(PACKAGES, name)));
const here = all.filter(({ folder }) => folder === process.cwd());
await Promise.all((here.length > 0 ? here : all).map(bundle));
