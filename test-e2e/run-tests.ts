/**
 * Runs all tests against one real VictoriaLogs and ends with the line `N passed, N failed`. `--matrix` runs the long ones, too, `--sample` or `--sample=SEED` a sample of them: terminations
 * on another Node, and outages in full. Arguments choose among all test files.
 */
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { engineVersion } from './environment/docker.ts';
import { buildNodeOnce } from './environment/images.ts';
import { MISSING_VARIABLE, readMissing, sayMissing } from './environment/missing.ts';
import { findNodes, NODE_MAJORS } from './environment/nodes.ts';
import { type Say, sayOnStderr } from './environment/progress.ts';
import { readTotals, summary } from './environment/test-report.ts';
import { startVictoriaLogs, type VictoriaLogs } from './environment/victorialogs.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

const SAMPLED = ['kill-matrix/kill-matrix.test.ts', 'outages/outages.test.ts'];

const NO_ENGINE =
  'No Docker engine answers: functions run as processes, and tests in containers are skipped';
const ENGINE =
  'Start Docker, or on Debian as root let `node test-e2e/with-engine.ts npm test` install an engine for the run.';

const { values, positionals } = parseArgs({
  args: process.argv.slice(2).map((argument) => (argument === '--sample' ? '--sample=' : argument)),
  allowPositionals: true,
  options: { matrix: { type: 'boolean' }, sample: { type: 'string' } },
});
const seed = values.sample === '' ? String(randomInt(2 ** 31)) : values.sample;
const filters = seed === undefined ? positionals : SAMPLED;
process.exitCode = await runTests(sayOnStderr);

async function runTests(say: Say): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'direct-logging-tests-'));
  const missing = join(folder, 'missing');
  await writeFile(missing, '');
  process.env[MISSING_VARIABLE] = missing;
  try {
    return await runWithServer(say, folder, missing);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runWithServer(say: Say, folder: string, missing: string): Promise<number> {
  const engine = await engineVersion();
  const server = await startVictoriaLogs({ say }).catch((error: Error) => say(error.message));
  if (!server) {
    console.log('0 passed, 1 failed');
    return 1;
  }
  if (engine) say(`Container path: functions in containers on Docker ${engine}`);
  else sayMissing(NO_ENGINE, ENGINE, say);
  if (seed !== undefined) say(`The sample is the one of --sample=${seed}`);
  try {
    // Installed here rather than in the middle of the first test that needs them, where nobody sees the progress.
    await findNodes(NODE_MAJORS, say);
    // Nobody waits for it. Images that are built before it is there copy Node themselves.
    if (engine && filters.length === 0) void buildNodeOnce().catch(() => {});
    return await runAll(server, folder, missing);
  } finally {
    await server.stop();
  }
}

async function runAll(server: VictoriaLogs, folder: string, missing: string): Promise<number> {
  const report = join(folder, 'report.json');
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  // What the tests start of their own compiles its modules once. Programs that ship have an environment without it.
  process.env.NODE_COMPILE_CACHE = join(folder, 'compiled');
  const status = await run(server, [vitest, 'run', ...reporters, ...filters]);
  console.log(summary(await readTotals(report), readMissing(missing)));
  return status;
}

async function run(server: VictoriaLogs, args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    // By the channel it learns of our end by force (`vitest.config.ts`).
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, ...colorsFor(process.stdout), ...environmentFor(server) },
  });
  const stopWithUs = () => child.kill('SIGTERM');
  process.on('exit', stopWithUs);
  const [code] = (await once(child, 'exit')) as [number | null];
  process.off('exit', stopWithUs);
  return code ?? 1;
}

function environmentFor(server: VictoriaLogs): NodeJS.ProcessEnv {
  return {
    VICTORIALOGS_TEST_URL: server.url,
    // Tests that need a server of their own start the same one without looking for it again.
    ...(server.binary === undefined ? {} : { VICTORIALOGS_BINARY: server.binary }),
    ...(values.matrix ? { DIRECT_LOGGING_MATRIX: '1' } : {}),
    ...(seed === undefined ? {} : { DIRECT_LOGGING_SAMPLE: seed }),
  };
}

/** vitest prints colors even into a file; who wants them there says so with FORCE_COLOR. */
function colorsFor(output: NodeJS.WriteStream): NodeJS.ProcessEnv {
  const { NO_COLOR, FORCE_COLOR } = process.env;
  return NO_COLOR || (!output.isTTY && !FORCE_COLOR)
    ? { NO_COLOR: '1', FORCE_COLOR: undefined }
    : {};
}
