/**
 * Bundles each package into one file per entry. The preload becomes one file with what its first line of text needs, and more
 * files with the rest: reading and compiling code is most of what a start costs.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type OutputOptions, type Plugin, type RolldownOptions, rolldown } from 'rolldown';
import { held } from './bundle/held-globals.ts';
import { laterFiles } from './bundle/later-files.ts';
import { inlinePrograms } from './inline-programs.ts';

interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly bin?: Readonly<Record<string, string>>;
}

const PACKAGES = fileURLToPath(new URL('../packages/', import.meta.url));
const OURS = '@direct-logging/';
const NAMES = { function: true, class: true };

async function bundle(folder: string): Promise<void> {
  const manifest: Manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
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
      // The preload has one copy of itself: under its short name it is required.
      external: /^(?:@direct-logging\/auto\b|(?!@direct-logging\/)[^./])/,
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
      code: code
        .replace(BUILTIN, (_, whole, names, id) => {
          const module = `process.getBuiltinModule('${id}')`;
          const pattern = names?.replaceAll(/type \w+,?/g, '').replaceAll(' as ', ': ');
          if (whole === undefined) return `const ${pattern}= ${module};`;
          return `const ${whole} = ${module}${names === undefined ? '' : `, ${pattern}= ${whole}`};`;
        })
        // It knows all that we use without the prefix, too, and every byte counts.
        .replaceAll("getBuiltinModule('node:", "getBuiltinModule('"),
      // No line moves.
      map: null,
    }),
  },
};

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

/**
 * Tells where a file of the preload is. In the bundle of a program this may be unknown, and `require`, which would otherwise be
 * asked, is missing there, too.
 */
const ownUrls: Plugin = {
  name: 'own-urls',
  transform: (code) => ({
    code: code
      .replaceAll('import.meta.url', 'ownUrl()')
      .replaceAll('import.meta.dirname', `(typeof __dirname === 'string' ? __dirname : undefined)`),
    map: null,
  }),
  renderChunk: (code) => ({ code: code.includes('ownUrl()') ? code + OWN_URL : code, map: null }),
};

const OWN_URL = `
function ownUrl() {
  if (typeof __filename === 'string')
    return process.getBuiltinModule('node:url').pathToFileURL(__filename).href;
}`;

/** In the folder of a package, bundles that package. Elsewhere, bundles all of them. */
const all = readdirSync(PACKAGES).map((name) => join(PACKAGES, name));
const here = all.filter((folder) => folder === process.cwd());
await Promise.all((here.length > 0 ? here : all).map(bundle));
