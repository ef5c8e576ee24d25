/** Programs in one file, without `node_modules` beside it: they ship what they would unbundled, over http and https. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { isFullRun, pairsOf } from '../environment/extent.ts';
import { forTests, testFolder, testProject, testServer } from '../environment/for-tests.ts';
import { runProgram } from '../environment/run-program.ts';
import { LOGGERS } from '../environment/scratch-project.ts';
import { startTlsProxy } from '../kill-matrix/tls-proxy.ts';
import { type Bundle, esbuild, ncc, rollup, webpack } from './bundlers.ts';

const REQUIRE = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`;
/** What SST puts at the head of its functions. */
const SST = `import { createRequire as topLevelCreateRequire } from 'module'; const require = topLevelCreateRequire(import.meta.url);
import { fileURLToPath as topLevelFileUrlToPath, URL as topLevelURL } from 'url';
const __filename = topLevelFileUrlToPath(import.meta.url); const __dirname = topLevelFileUrlToPath(new topLevelURL('.', import.meta.url));`;

interface Kind {
  readonly bundle: Bundle;
  readonly file: string;
}

const SLOW: Readonly<Record<string, Kind>> = {
  'rollup, CommonJS': { bundle: rollup('cjs'), file: 'a.cjs' },
  'webpack, production': { bundle: webpack('production'), file: 'a.cjs' },
};

const BUNDLES: Readonly<Record<string, Kind>> = {
  'esbuild, CommonJS (CDK, serverless)': { bundle: esbuild({ target: 'node20' }), file: 'a.cjs' },
  'esbuild, minified': { bundle: esbuild({ minify: true }), file: 'index.js' },
  'esbuild, ESM with a require': {
    bundle: esbuild({ format: 'esm', banner: { js: REQUIRE } }),
    file: 'a.mjs',
  },
  'esbuild, ESM (SST)': {
    bundle: esbuild({ format: 'esm', mainFields: ['module', 'main'], banner: { js: SST } }),
    file: 'a.mjs',
  },
  'webpack, development': { bundle: webpack('development'), file: 'a.cjs' },
  ncc: { bundle: ncc(), file: 'a.mjs' },
  'rollup, ESM': { bundle: rollup('es'), file: 'a.mjs' },
  ...(isFullRun() ? SLOW : {}),
};

const EXPECTED = {
  'auto.mjs': [
    { _msg: 'text', stream: 'stdout', level: 'INFO' },
    { _msg: 'json', stream: 'stderr', level: 'WARN', order: '7' },
    { _msg: 'of pino', stream: 'stdout', level: 'INFO', order: '8' },
    { _msg: 'of winston', stream: 'stdout', level: 'INFO' },
  ],
  'code.mjs': [
    { _msg: 'of core', level: 'WARN' },
    { _msg: 'of pino', logger: 'pino', order: '8' },
    { _msg: 'of winston', logger: 'winston', level: 'INFO' },
  ],
} as const;

const server = testServer();
const tls = forTests(() => startTlsProxy(server.url));
const project = testProject({
  dependencies: LOGGERS,
  files: Object.fromEntries(
    Object.keys(EXPECTED).map((name) => [
      name,
      fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url)),
    ]),
  ),
});
const folder = testFolder('bundles');

/** The programs take turns, or each bundler has both in the matrix. */
const CASES = pairsOf(Object.keys(BUNDLES), Object.entries(EXPECTED)).map(
  ([name, [program, expected]]) => ({ name, program, expected, ...(BUNDLES[name] as Kind) }),
);

it.each(CASES)(
  '$name of $program',
  { timeout: 180_000 },
  async ({ name, bundle, file, program, expected }) => {
    const cwd = join(folder, `${program} ${name}`.replaceAll(/\W+/g, '-'));
    await bundle(join(project.folder, program), join(cwd, file));
    for (const url of [server.url, tls.url]) {
      const job = randomUUID();
      const run = await runProgram({
        ...{ cwd, args: [file] },
        env: {
          VICTORIALOGS_URL: url,
          VICTORIALOGS_JOB: job,
          NODE_EXTRA_CA_CERTS: tls.certificate,
          VICTORIALOGS_EXIT_TIMEOUT_MS: '15000',
        },
      });
      expect(run).toMatchObject({ code: 0, stderr: expect.not.stringContaining('Warning') });
      const rows = await server.queryWhen(`job:="${job}" | sort by (_time)`, expected.length);
      expect(rows).toMatchObject(expected);
      expect(rows).toHaveLength(expected.length);
    }
  },
);
