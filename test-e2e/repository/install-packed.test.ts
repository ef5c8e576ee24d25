/** The packages can be used from a clone, before they are on npm. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCommand } from '../environment/run-command.ts';
import { runProgram } from '../environment/run-program.ts';
import { startVictoriaLogs, type VictoriaLogs } from '../environment/victorialogs.ts';

const PACK = fileURLToPath(new URL('../../scripts/pack.ts', import.meta.url));

let server: VictoriaLogs;
let folder: string;

beforeAll(async () => {
  server = await startVictoriaLogs();
  folder = await mkdtemp(join(tmpdir(), 'direct-logging-pack-'));
});
afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

it('gives tarballs that the printed command installs', { timeout: 600_000 }, async () => {
  const packed = join(folder, 'packed');
  const app = join(folder, 'app');
  const printed = await runCommand(process.execPath, [PACK, packed]);
  await mkdir(app);
  await writeFile(join(app, 'package.json'), '{ "private": true }\n');
  await writeFile(join(app, 'app.js'), "console.log('it works');\n");
  const cache = '--prefer-offline --no-audit --no-fund';
  await runCommand('sh', ['-ec', `${printed.trim()} ${cache}`], { cwd: app });
  const env = { VICTORIALOGS_URL: server.url, VICTORIALOGS_JOB: 'packed' };
  const args = ['--import', 'direct-logging', 'app.js'];
  const { code, stderr } = await runProgram({ args, cwd: app, env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(await server.queryWhen('job:=packed', 1)).toMatchObject([{ _msg: 'it works' }]);
});
