/** Applications that carry winston in one file: it is recognized there; where it can't be, what they print is captured. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { esbuild, webpack } from '../bundles/bundlers.ts';
import { forTests } from '../environment/for-tests.ts';
import type { Row } from '../environment/victorialogs-queries.ts';
import { startLoggers } from './loggers.ts';

const PROGRAM = fileURLToPath(new URL('./fixtures/winston-bundled.cjs', import.meta.url));

const loggers = forTests(startLoggers);

const RECOGNIZED = [
  'stdout winston INFO info: bundled {"request":7} undefined',
  'stderr winston ERROR error: bundled undefined',
  'stdout winston WARN bundled 7',
];
/** The level of a text, and all of JSON, are understood from what is printed. */
const PRINTED = [
  'stdout stdout INFO info: bundled {"request":7} undefined',
  'stderr stderr ERROR error: bundled undefined',
  'stdout stdout WARN bundled 7',
];

/** Without the names of properties that winston's transports are known by. */
const MANGLED = { minify: true, mangleProps: /^(handleExceptions|silent)$/ };

const ESBUILD = [
  { name: 'esbuild', bundle: esbuild({}), records: RECOGNIZED },
  { name: 'esbuild, minified', bundle: esbuild({ minify: true }), records: RECOGNIZED },
  { name: 'esbuild, properties renamed', bundle: esbuild(MANGLED), records: PRINTED },
];
/** It takes its time. */
const WEBPACK = [
  { name: 'webpack', bundle: webpack('development'), records: RECOGNIZED },
  { name: 'webpack, minified', bundle: webpack('production'), records: RECOGNIZED },
];

it.each([...ESBUILD, ...(process.env.DIRECT_LOGGING_MATRIX ? WEBPACK : [])])(
  '$name',
  { timeout: 180_000 },
  async ({ name, bundle, records }) => {
    const file = join(loggers.folder, `${name.replaceAll(/\W+/g, '-')}.cjs`);
    await bundle(PROGRAM, file);
    const bare = await loggers.run({ args: [file], preload: false, expected: 0 });
    const { run, rows } = await loggers.run({
      args: [file],
      preload: true,
      expected: records.length,
    });
    expect([run.code, run.stdout, run.stderr]).toEqual([0, bare.run.stdout, bare.run.stderr]);
    expect(rows.map(brief)).toEqual(records);
  },
);

function brief({ stream, logger, level, _msg, request }: Row): string {
  return `${stream} ${logger} ${level} ${_msg} ${request}`;
}
