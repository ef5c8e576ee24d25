/** Bundlers that put a program and all it uses into one file. */
import { createRequire } from 'node:module';
import { basename, dirname } from 'node:path';
import { promisify } from 'node:util';
import { otherPackages } from './loggers.ts';

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

export function webpack(mode: 'development' | 'production'): Bundle {
  return async (program, file) =>
    promisify(await installed('webpack'))({
      ...{ mode, target: 'node', entry: program },
      output: { path: dirname(file), filename: basename(file) },
    });
}

async function installed(name: string) {
  return createRequire(`${await otherPackages()}/`)(name);
}
