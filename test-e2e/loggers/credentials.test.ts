/** What transports and loggers show of themselves, and tell of their trouble, holds no credential. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runProgram } from '../environment/run-program.ts';
import { type ScratchProject, scratchProject } from '../environment/scratch-project.ts';

const PROGRAM = fileURLToPath(new URL('./fixtures/shows-all.mjs', import.meta.url));

let project: ScratchProject;
beforeAll(async () => {
  project = await scratchProject({
    dependencies: { pino: '10.4.0', winston: '3.19.0' },
    files: { 'shows-all.mjs': PROGRAM },
  });
});
afterAll(() => project?.remove());

/** Nobody listens on port 1. */
it.each([
  { url: 'http://me:s3cret@127.0.0.1:1' },
  { url: 'https://me:s3cret@127.0.0.1:1' },
  { url: 'http://127.0.0.1:1', username: 'me', password: 's3cret' },
  { url: 'http://127.0.0.1:1', bearerToken: 's3cret' },
])('%j', async (options) => {
  const run = await runProgram({
    cwd: project.folder,
    args: ['shows-all.mjs'],
    env: { OPTIONS: JSON.stringify(options), VICTORIALOGS_DEBUG: '1' },
    timeoutMs: 60_000,
  });
  expect(run).toMatchObject({ code: 0, signal: null });
  expect(run.stdout).toContain('VictoriaLogsTransport');
  expect(run.stderr).toContain('direct-logging: failure 1: ECONNREFUSED');
  expect(run.stderr).toContain('DL_LOST_AT_EXIT');
  const printed = run.stdout + run.stderr;
  expect(printed).not.toContain('s3cret');
  expect(printed).not.toContain(btoa('me:s3cret'));
});
