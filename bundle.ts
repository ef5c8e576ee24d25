/** Bundles each package into one file per entry: every module that a preload loads on its own costs start-up time. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly bin?: Readonly<Record<string, string>>;
}

const PACKAGES = fileURLToPath(new URL('packages/', import.meta.url));

/** In the folder of a package that package, else all of them. */
const all = readdirSync(PACKAGES).map((name) => join(PACKAGES, name));
const here = all.filter((folder) => folder === process.cwd());
await Promise.all((here.length > 0 ? here : all).map(bundle));

async function bundle(folder: string): Promise<void> {
  const input = entriesOf(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
  const build = await rolldown({ cwd: folder, input, external: /^[^./]/, platform: 'node' });
  await build.write({ dir: join(folder, 'dist'), sourcemap: true, chunkFileNames: '[name].js' });
  await build.close();
}

/** `./dist/index.js` in `exports` or `bin` is made from `src/index.ts`. */
function entriesOf({ exports, bin = {} }: Manifest): Record<string, string> {
  const paths = JSON.stringify([exports, bin]).matchAll(/"\.\/dist\/([^"]+)\.js"/g);
  return Object.fromEntries([...paths].map(([, name]) => [name, `src/${name}.ts`]));
}
