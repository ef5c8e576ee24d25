/** Bundlers that put a program and all it uses into one file. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { pinnedPackages } from '../environment/pinned-packages.ts';

/** Makes the file of the program. */
export type Bundle = (program: string, file: string) => Promise<unknown>;

/** @param options Of esbuild, beside the usual ones. */
export function esbuild(options: object): Bundle {
  return async (program, outfile) =>
    (await installed('esbuild')).build({
      ...{ entryPoints: [program], bundle: true, platform: 'node', logLevel: 'error', outfile },
      ...options,
    });
}

/** @param output Of webpack, beside the usual. */
export function webpack(mode: 'development' | 'production', output: object = {}): Bundle {
  return async (program, file) => {
    const stats = await promisify(await installed('webpack'))({
      ...{ mode, target: 'node', entry: program },
      output: { path: dirname(file), filename: basename(file), ...output },
    });
    if (stats.hasErrors()) throw new Error(stats.toString());
  };
}

export function rollup(format: 'cjs' | 'es'): Bundle {
  return async (input, file) => {
    const [{ rollup: build }, commonjs, json, resolve] = await Promise.all([
      installed('rollup'),
      installed('@rollup/plugin-commonjs'),
      installed('@rollup/plugin-json'),
      installed('@rollup/plugin-node-resolve'),
    ]);
    const plugins = [resolve({ preferBuiltins: true }), commonjs(), json()];
    const bundle = await build({ input, plugins, onwarn: () => {} });
    await bundle.write({ file, format, inlineDynamicImports: true });
    await bundle.close();
  };
}

/** What Vercel's command `ncc build` does. It may leave further files beside the first. */
export function ncc(): Bundle {
  return async (program, file) => {
    const options = { filename: basename(file), quiet: true };
    const { code, assets } = await (await installed('@vercel/ncc'))(program, options);
    for (const [name, { source }] of Object.entries<{ source: string | Buffer }>(assets)) {
      await mkdir(dirname(join(dirname(file), name)), { recursive: true });
      await writeFile(join(dirname(file), name), source);
    }
    await rm(file, { force: true });
    await writeFile(file, code);
  };
}

async function installed(name: string) {
  const nodeModules = await pinnedPackages({ name: 'bundlers', what: 'bundlers' });
  const found = createRequire(`${nodeModules}/`)(name);
  return name.startsWith('@rollup/') ? (found.default ?? found) : found;
}
