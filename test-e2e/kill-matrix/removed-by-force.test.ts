/** Programs removed by force right after their last line: in containers, or as processes where there is no engine. */
import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { engineVersion } from '../environment/docker.ts';
import { testProject, testServer } from '../environment/for-tests.ts';
import { nodeBinary } from '../environment/nodes.ts';
import { sayOnStderr } from '../environment/progress.ts';
import { tryCommand } from '../environment/run-command.ts';
import { LOGGERS } from '../environment/scratch-project.ts';
import { keepCells, type MeasuredCell } from './measured.ts';
import { buildProgramImage, runContainerAndRemove, runProcessAndKill } from './removed-by-force.ts';
import { ALL_LINES, LINES, storedLines } from './stored-lines.ts';

const FIXTURES = fileURLToPath(new URL('./fixtures/', import.meta.url));
const IMAGE = `direct-logging-kill-matrix:${process.pid}`;

const engine = await engineVersion();
const ways = engine === undefined ? (['SIGKILL'] as const) : (['kill', 'rm --force'] as const);
sayOnStderr(
  engine === undefined
    ? 'No Docker engine answers: what is removed by force right after its last line is a process'
    : `What is removed by force right after its last line is a container on Docker ${engine}`,
);

const server = testServer(
  engine === undefined ? { own: true } : { own: true, prefer: 'container' },
);
const project = testProject({
  files: Object.fromEntries(readdirSync(FIXTURES).map((name) => [name, FIXTURES + name])),
  dependencies: LOGGERS,
});
const results: MeasuredCell[] = [];

beforeAll(async () => {
  if (engine !== undefined) await buildProgramImage(IMAGE, project.folder);
});

afterAll(async () => {
  if (engine !== undefined) keepCells('removed-by-force', results);
  if (engine !== undefined) await tryCommand('docker', ['rmi', '--force', IMAGE]);
});

for (const writer of ['console', 'pino', 'winston']) {
  for (const way of ways) {
    it(`keeps every line of ${writer} (${way})`, async () => {
      const name = `kill-${randomUUID()}`;
      const url = server.containerUrl ?? server.url;
      const env = { VICTORIALOGS_URL: url, VICTORIALOGS_CONTAINER_NAME: name };
      if (way === 'SIGKILL') {
        await runProcessAndKill(await nodeBinary(24), project.folder, { writer, env });
      } else {
        await runContainerAndRemove(IMAGE, { writer, env }, way);
      }
      const rows = await server.queryWhen(`{container_name="${name}"} | sort by (_time)`, LINES);
      const stored = storedLines(rows);
      const names = { way: 'import', writer, termination: way, node: 24, output: 'container' };
      results.push({ ...names, ...stored });
      expect(stored).toEqual(ALL_LINES);
    });
  }
}
