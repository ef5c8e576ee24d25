/** Deno and Bun: in code the packages deliver; under the preload the console is shipped, too. */
import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pairsOf } from '../environment/extent.ts';
import { testProject, testServer } from '../environment/for-tests.ts';
import { runProgram } from '../environment/run-program.ts';
import { LOGGERS } from '../environment/scratch-project.ts';
import { runTermination } from '../kill-matrix/run-termination.ts';
import { ALL_LINES, storedLines } from '../kill-matrix/stored-lines.ts';
import { TERMINATIONS } from '../kill-matrix/terminations.ts';
import { WAYS } from '../kill-matrix/ways.ts';
import { otherRuntimes, type Runtime } from './other-runtimes.ts';

const MATRIX = fileURLToPath(new URL('../kill-matrix/fixtures/', import.meta.url));
const FIXTURES = fileURLToPath(new URL('fixtures/', import.meta.url));
const IN_CODE = ['core', 'pino-destination', 'winston-transport'];
const TRIED = ['natural', 'exit', 'uncaught-exception', 'unhandled-rejection', 'sigterm'];
/** In the first tick. A signal would come before the connection. */
const TRIED_AT_ONCE = TRIED.filter((name) => name !== 'sigterm');
const WRITE_THROUGH = ['sigkill'];

const runtimes = await otherRuntimes();
const server = testServer();
const project = testProject({
  files: Object.fromEntries(
    [MATRIX, FIXTURES].flatMap((folder) =>
      readdirSync(folder).map((name) => [name, folder + name]),
    ),
  ),
  dependencies: LOGGERS,
});

beforeAll(async () => {
  // Deno takes no package that is not named here.
  const manifest = { private: true, dependencies: { 'direct-logging': '*' } };
  await writeFile(join(project.folder, 'package.json'), JSON.stringify(manifest));
});

afterAll(async () => {
  for (const runtime of runtimes) await runtime.remove();
});

describe.each(runtimes)('$name $version', (runtime) => {
  const way = WAYS.find(({ name }) => name === 'code');
  if (way === undefined) throw new Error('There is no way "code".');
  const tried = runtime.name === 'Bun' ? [...TRIED, ...WRITE_THROUGH] : TRIED;
  const cellsOf = (names: readonly string[], writers: readonly string[]) => {
    const terminations = TERMINATIONS.filter(({ name }) => names.includes(name));
    return pairsOf(terminations, writers).map(([termination, writer]) => ({ termination, writer }));
  };
  const cells = [...cellsOf(tried, IN_CODE), ...cellsOf(TRIED_AT_ONCE, ['core-at-once'])];

  it.each(cells)(
    'keeps every line: $termination.title, $writer',
    async ({ termination, writer }) => {
      const cell = { way, writer, termination, major: 24, output: 'files' } as const;
      const env = { VICTORIALOGS_URL: server.url };
      const where = { server, folder: project.folder, node: runtime.run, env };
      const { rows, withUs, bare } = await runTermination(cell, where);
      expect(storedLines(rows)).toEqual(ALL_LINES);
      expect({ ...withUs, stderr: '' }).toEqual({ ...bare, stderr: '' });
    },
  );

  it('ships the console, streams and loggers, and prints what it prints without us', async () => {
    const { stored, stdout, stderr, bare } = await preloaded(runtime, ['prints.mjs'], 9);
    expect({ stdout, stderr }).toEqual(bare);
    expect(stored).toEqual([
      'INFO by the console 1',
      'WARN bad { a: 1 }',
      'INFO group',
      'INFO   inside',
      'WARN Assertion failed: wrong',
      'INFO count: 1',
      'INFO by the stream',
      'INFO by pino',
      'INFO [Loud]',
    ]);
  });

  it.runIf(runtime.name === 'Deno')('leaves a program alone that has no permissions', async () => {
    const program = join(project.folder, 'kid.mjs');
    await writeFile(program, `console.log('kid'); process.exitCode = 3;`);
    const options = `--require ${join(project.folder, 'node_modules/direct-logging/dist/index.cjs')}`;
    const run = await runProgram({
      node: runtime.binary,
      args: ['run', program],
      env: { VICTORIALOGS_URL: server.url, NODE_OPTIONS: options },
    });
    expect(run).toMatchObject({ code: 3, stdout: 'kid\n', stderr: '' });
  });

  it.each(['at once', 'later'])('ships a first line right before an exit, %s', async (when) => {
    const { stored, stdout, stderr, bare } = await preloaded(runtime, ['ends.cjs', when], 1);
    expect({ stdout, stderr }).toEqual(bare);
    expect(stored).toEqual(['INFO the first']);
  });
});

async function preloaded(runtime: Runtime, program: readonly string[], lines: number) {
  const name = `runtime-${randomUUID()}`;
  const common = { node: runtime.run, cwd: project.folder };
  const { stdout, stderr } = await runProgram({
    ...common,
    args: ['--preload', runtime.preload, ...program],
    env: { VICTORIALOGS_URL: server.url, VICTORIALOGS_CONTAINER_NAME: name },
  });
  const bare = await runProgram({ ...common, args: program });
  const rows = await server.queryWhen(`{container_name="${name}"} | sort by (_time)`, lines);
  return {
    stdout: withoutNumbers(stdout),
    stderr,
    bare: { stdout: withoutNumbers(bare.stdout), stderr: bare.stderr },
    stored: rows.map(({ level, _msg }) => `${level} ${_msg}`),
  };
}

/** pino's line has a time and the number of the process. */
const withoutNumbers = (text: string) => text.replace(/"(?:time|pid)":\d+/g, '');
