/** Deno and Bun: in code the packages deliver; under the preload one warning says what of the console is not shipped. */
import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from '../environment/run-program.ts';
import { type ScratchProject, scratchProject } from '../environment/scratch-project.ts';
import { startVictoriaLogs, type VictoriaLogs } from '../environment/victorialogs.ts';
import { ENDINGS } from '../kill-matrix/endings.ts';
import { runEnding } from '../kill-matrix/run-ending.ts';
import { ALL_LINES, storedLines } from '../kill-matrix/stored-lines.ts';
import { WAYS } from '../kill-matrix/ways.ts';
import { otherRuntimes, type Runtime } from './other-runtimes.ts';

const MATRIX = fileURLToPath(new URL('../kill-matrix/fixtures/', import.meta.url));
const FIXTURES = fileURLToPath(new URL('fixtures/', import.meta.url));
const IN_CODE = ['core', 'pino-destination', 'winston-transport'];
const TRIED = ['natural', 'exit', 'uncaught-exception', 'unhandled-rejection', 'sigterm'];
const WRITE_THROUGH = ['sigkill'];

const runtimes = await otherRuntimes();
let server: VictoriaLogs;
let project: ScratchProject;

beforeAll(async () => {
  server = await startVictoriaLogs();
  const files = [MATRIX, FIXTURES].flatMap((folder) =>
    readdirSync(folder).map((name) => [name, folder + name]),
  );
  const dependencies = { pino: '10.4.0', winston: '3.19.0' };
  project = await scratchProject({ files: Object.fromEntries(files), dependencies });
  // Deno takes no package that is not named here.
  const manifest = { private: true, dependencies: { 'direct-logging': '*' } };
  await writeFile(join(project.folder, 'package.json'), JSON.stringify(manifest));
});

afterAll(async () => {
  await project?.remove();
  await server?.stop();
  for (const runtime of runtimes) await runtime.remove();
});

describe.each(runtimes)('$name $version', (runtime) => {
  const way = WAYS.find(({ name }) => name === 'code');
  if (way === undefined) throw new Error('There is no way "code".');
  const tried = runtime.name === 'Bun' ? [...TRIED, ...WRITE_THROUGH] : TRIED;
  const endings = ENDINGS.filter(({ name }) => tried.includes(name));
  const cells = endings.flatMap((ending) => IN_CODE.map((writer) => ({ ending, writer })));

  it.each(cells)('keeps every line: $ending.title, $writer', async ({ ending, writer }) => {
    const cell = { way, writer, ending, major: 24, output: 'files' } as const;
    const env = { VICTORIALOGS_URL: server.url };
    const where = { server, folder: project.folder, node: runtime.run, env };
    const { rows, withUs, bare } = await runEnding(cell, where);
    expect(storedLines(rows)).toEqual(ALL_LINES);
    expect({ ...withUs, stderr: '' }).toEqual({ ...bare, stderr: '' });
  });

  it('says once that the console is not captured, and ships what else is printed', async () => {
    const { stored, stdout, stderr } = await preloaded(runtime, 'prints.mjs', 2);
    expect(stdout).toMatch(/^by the console\nby the stream\n\{.*"msg":"by pino"\}\n$/);
    expect(stderr.match(/DL_CONSOLE_NOT_CAPTURED/g)).toHaveLength(1);
    expect(stored).toEqual(['by the stream', 'by pino']);
  });

  it('ships a console that writes to the streams', async () => {
    const { stored, stdout } = await preloaded(runtime, 'prints-to-streams.mjs', 1);
    expect(stdout).toBe('by the console\n');
    expect(stored).toEqual(['by the console']);
  });
});

async function preloaded(runtime: Runtime, program: string, lines: number) {
  const name = `runtime-${randomUUID()}`;
  const run = await runProgram({
    node: runtime.run,
    args: ['--preload', runtime.preload, program],
    env: { VICTORIALOGS_URL: server.url, VICTORIALOGS_CONTAINER_NAME: name },
    cwd: project.folder,
  });
  const rows = await server.queryWhen(
    `{container_name="${name}",stream="stdout"} | sort by (_time)`,
    lines,
  );
  const { stdout, stderr } = run;
  return { stdout, stderr, stored: rows.map(({ _msg }) => _msg) };
}
