/** Applications that carry pino, and our destination, in one file. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { esbuild, webpack } from '../bundles/bundlers.ts';
import { forTests } from '../environment/for-tests.ts';
import { startLoggers } from './loggers.ts';

const PROGRAM = fileURLToPath(new URL('./fixtures/pino-bundled.cjs', import.meta.url));
const BUNDLES = {
  esbuild: esbuild({}),
  'esbuild, minified': esbuild({ minify: true }),
  /** It takes its time. */
  ...(process.env.DIRECT_LOGGING_MATRIX ? { webpack: webpack('development') } : {}),
};

const loggers = forTests(startLoggers);

it.each(Object.entries(BUNDLES))('%s', { timeout: 180_000 }, async (name, bundle) => {
  const file = join(loggers.folder, `${name.replaceAll(/\W+/g, '-')}.cjs`);
  await bundle(PROGRAM, file);

  const preloaded = await loggers.run({ args: [file], preload: true, expected: 3 });
  expect(preloaded.run).toMatchObject({ code: 0, stderr: '' });
  expect(preloaded.rows).toHaveLength(3);
  expect(preloaded.rows).toMatchObject([
    { _msg: 'printed', logger: 'shop', level: 'INFO', request: '7' },
    { _msg: 'printed later', logger: 'shop', level: 'ERROR', 'error.type': 'RangeError' },
    { _msg: 'in a file', logger: 'shop', level: 'WARN', request: '7' },
  ]);

  const inCode = await loggers.run({ args: [file, 'destination'], preload: false, expected: 1 });
  expect(inCode.run).toMatchObject({ code: 0, stderr: '', stdout: '' });
  expect(inCode.rows).toMatchObject([
    { _msg: 'in code', logger: 'shop', level: 'INFO', request: '7' },
  ]);
});
