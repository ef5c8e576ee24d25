/** Programs that are one executable file, or begin from a snapshot: with `--require`, with `--import`, and with direct-logging inside. */
import { randomUUID } from 'node:crypto';
import { chmod, copyFile, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { testFolder, testProject, testServer } from '../environment/for-tests.ts';
import { nodeBinary } from '../environment/nodes.ts';
import { pinnedPackages } from '../environment/pinned-packages.ts';
import { runProgram } from '../environment/run-program.ts';
import { esbuild } from './bundlers.ts';

const FIXTURES = fileURLToPath(new URL('./fixtures/', import.meta.url));
/** Names where Node looks for a program in its own file, from its documentation. */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';
const PRELOAD = 'direct-logging';

const server = testServer();
const project = testProject({
  files: Object.fromEntries(
    ['one-file.cjs', 'from-snapshot.cjs'].map((name) => [name, FIXTURES + name]),
  ),
});
let node: string;
const folder = testFolder('executable');
/** The executable. */
let program: string;

beforeAll(async () => {
  node = await nodeBinary(24);
  await esbuild({})(join(project.folder, 'one-file.cjs'), join(folder, 'one.cjs'));
  program = await executable('one.cjs');
});

describe('a single executable', () => {
  it('ships with --require; with --import Node loads nothing, and nothing is shipped', async () => {
    const required = await run(1, program, [], { NODE_OPTIONS: `--require ${PRELOAD}` });
    expect(required).toMatchObject({ code: 0, stdout: 'from one file\n', stderr: '' });
    expect(required.messages).toEqual(['from one file']);
    const imported = await run(0, program, [], { NODE_OPTIONS: `--import ${PRELOAD}` });
    expect(imported).toMatchObject({ code: 0, stdout: 'from one file\n', stderr: '' });
    expect(imported.messages).toEqual([]);
  });

  it('ships every line, up to the kill, with the preload inside and nothing beside it', async () => {
    const killed = await run(100, program, ['killed'], {}, folder);
    expect(killed).toMatchObject({ signal: 'SIGKILL', stderr: '' });
    expect(killed.messages).toHaveLength(100);
  });
});

it('a start-up snapshot ships with --require; with --import Node loads nothing, and nothing is shipped', async () => {
  const blob = ['--snapshot-blob', 'snapshot.blob'];
  const args = [...blob, '--build-snapshot', 'from-snapshot.cjs'];
  await runProgram({ node, cwd: project.folder, args });
  const prints = { code: 0, stdout: 'from a snapshot\n', stderr: 'in\ntwo lines\n' };
  const required = await run(2, node, [...blob, '--require', PRELOAD], {});
  expect(required).toMatchObject(prints);
  expect(required.lines).toEqual(['ERROR in\ntwo lines', 'INFO from a snapshot']);
  const imported = await run(0, node, [...blob, '--import', PRELOAD], {});
  expect(imported).toMatchObject(prints);
  expect(imported.messages).toEqual([]);
});

/** Node's own executable with the program in it. */
async function executable(main: string): Promise<string> {
  const config = { main, output: 'program.blob', disableExperimentalSEAWarning: true };
  await writeFile(join(folder, 'sea.json'), JSON.stringify(config));
  const args = ['--experimental-sea-config', 'sea.json'];
  expect(await runProgram({ node, args, cwd: folder })).toMatchObject({ code: 0 });
  const program = join(folder, 'program');
  await copyFile(await realpath(node), program);
  await chmod(program, 0o755);
  const postject = join(await pinnedPackages({ name: 'postject', what: 'postject' }), 'postject');
  const inject = [join(postject, 'dist/cli.js'), program, 'NODE_SEA_BLOB', 'program.blob'];
  const injected = await runProgram({
    ...{ node, cwd: folder, timeoutMs: 60_000 },
    args: [...inject, '--sentinel-fuse', FUSE],
  });
  expect(injected).toMatchObject({ code: 0 });
  return program;
}

/** How it ended, and what was shipped of it, so many records. */
async function run(
  records: number,
  program: string,
  args: readonly string[],
  env: Record<string, string>,
  cwd: string = project.folder,
) {
  const name = `executable-${randomUUID()}`;
  const ours = { VICTORIALOGS_URL: server.url, VICTORIALOGS_CONTAINER_NAME: name };
  const ended = await runProgram({ node: program, args, cwd, env: { ...ours, ...env } });
  const rows = await server.queryWhen(`container_name:="${name}"`, records);
  const lines = rows.map(({ _msg, level }) => `${level} ${_msg}`).sort();
  return { ...ended, messages: rows.map(({ _msg }) => _msg), lines };
}
