/** Bundles each package into one file per entry: every module that a preload loads on its own costs start-up time. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type OutputOptions, type Plugin, rolldown } from 'rolldown';

interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly bin?: Readonly<Record<string, string>>;
  /**
   * True for a preload. It is bundled last, with our other packages in it, since looking them up takes milliseconds; what
   * they depend on is among its dependencies, too.
   */
  readonly sideEffects: boolean;
}

interface Package {
  readonly folder: string;
  readonly manifest: Manifest;
}

const NAMES = { function: true, class: true };
const PACKAGES = fileURLToPath(new URL('packages/', import.meta.url));

interface Kind {
  readonly external: RegExp;
  readonly minify: NonNullable<OutputOptions['minify']>;
}

const LIBRARY: Kind = { external: /^[^./]/, minify: false };
/** Its text is read at every start, which takes a millisecond for 30 kB. The names are for stacks. */
const PRELOAD: Kind = {
  external: /^(?!@direct-logging\/)[^./]/,
  minify: { compress: { keepNames: NAMES }, mangle: { keepNames: NAMES } },
};

const IMPORT = /^import (?:(\w+),? )?({.+} )?from ("node:.+");$/gm;

/**
 * Gets Node's modules as `require` does. An `import` reads every property of such a module, and some load more with it: of
 * `node:fs` the promises, the streams and readline.
 */
const builtins: Plugin = {
  name: 'builtins',
  renderChunk: (code) => ({
    code: code.replace(IMPORT, (_, whole, names, id) => {
      const module = `process.getBuiltinModule(${id})`;
      const pattern = names?.replaceAll(' as ', ': ');
      if (whole === undefined) return `const ${pattern}= ${module};`;
      return `const ${whole} = ${module}${names === undefined ? '' : `, ${pattern}= ${whole}`};`;
    }),
    // No line has moved.
    map: null,
  }),
};

/** In the folder of a package that package, else all of them. */
const all = readdirSync(PACKAGES).map((name) => packageIn(join(PACKAGES, name)));
const here = all.filter(({ folder }) => folder === process.cwd());
const wanted = here.length > 0 ? here : all;
await Promise.all(wanted.filter(({ manifest }) => !manifest.sideEffects).map(bundle));
await Promise.all(wanted.filter(({ manifest }) => manifest.sideEffects).map(bundle));

function packageIn(folder: string): Package {
  return { folder, manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) };
}

async function bundle({ folder, manifest }: Package): Promise<void> {
  const { exports, bin, sideEffects } = manifest;
  await write(folder, exports, sideEffects ? PRELOAD : LIBRARY);
  if (bin !== undefined) await write(folder, bin, LIBRARY);
}

async function write(folder: string, entries: object, { external, minify }: Kind): Promise<void> {
  const build = await rolldown({
    cwd: folder,
    input: sourcesOf(entries),
    external,
    platform: 'node',
    plugins: [builtins],
  });
  await build.write({
    dir: join(folder, 'dist'),
    sourcemap: true,
    chunkFileNames: '[name].js',
    comments: false,
    minify,
  });
  await build.close();
}

/** `./dist/index.js` in `exports` or `bin` is made from `src/index.ts`. */
function sourcesOf(entries: object): Record<string, string> {
  const paths = JSON.stringify(entries).matchAll(/"\.\/dist\/([^"]+)\.js"/g);
  return Object.fromEntries([...paths].map(([, name]) => [name, `src/${name}.ts`]));
}
