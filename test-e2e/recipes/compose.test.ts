/** The recipe for Docker Compose: its file is read by the library of Docker Compose, and its services work together. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import dashboard from '../../docs/dashboards/grafana.json' with { type: 'json' };
import { goProgram, hasGo } from '../environment/go-program.ts';
import { sayMissing } from '../environment/missing.ts';
import { sayOnStderr } from '../environment/progress.ts';
import { type CommandResult, tryCommand } from '../environment/run-command.ts';
import { runProgram } from '../environment/run-program.ts';
import { scratchProject } from '../environment/scratch-project.ts';
import { startVictoriaLogs } from '../environment/victorialogs.ts';

const COMPOSE = 'v2.16.2';
const BUILD_MS = 20 * 60_000;

/** What the library makes of the file. */
interface Project {
  readonly services: Readonly<Record<string, Service>>;
  readonly configs: Readonly<Record<string, { readonly content: string }>>;
}

interface Service {
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly hostname?: string;
}

const hasCompiler = await hasGo();
if (!hasCompiler) {
  sayMissing('The recipe for Docker Compose is not tested: there is no Go', 'Install it.');
}

let folder: string;
let program: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'direct-logging-compose-'));
  const page = await readFile(new URL('../../docs/recipes/compose.md', import.meta.url), 'utf8');
  file = /^```yaml\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? '';
  if (!hasCompiler) return;
  const built = await goProgram({
    name: `compose/${COMPOSE}`,
    what: `the library of Docker Compose ${COMPOSE}`,
    program: `github.com/compose-spec/compose-go/v2/cmd@${COMPOSE}`,
    say: sayOnStderr,
  });
  program = join(built, 'cmd');
}, BUILD_MS);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function load(text: string): Promise<CommandResult> {
  const path = join(folder, 'compose.yaml');
  await writeFile(path, text);
  return tryCommand(program, ['-format', 'json', path]);
}

it.skipIf(!hasCompiler)('has a file whose services reach each other', async () => {
  expect(await load(file.replace('hostname:', 'hostnme:'))).toMatchObject({ code: 1 });
  const { code, stdout, stderr } = await load(file);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { services, configs } = JSON.parse(stdout) as Project;
  const { VICTORIALOGS_URL = '', ...settings } = services.shop?.environment ?? {};
  expect(services).toHaveProperty(new URL(VICTORIALOGS_URL).hostname);
  expect(configs.datasource?.content).toContain(`url: ${VICTORIALOGS_URL}\n`);
  const plugin = services.grafana?.environment?.GF_PLUGINS_PREINSTALL;
  expect(configs.datasource?.content).toContain(`type: ${plugin}\n`);
  expect(JSON.stringify(dashboard)).toContain(`"type":"${plugin}"`);

  const flags = services.victorialogs?.command?.filter((flag) => !flag.includes('DataPath')) ?? [];
  expect(flags).toEqual([`-retentionPeriod=${settings.VICTORIALOGS_RETENTION}`]);
  const server = await startVictoriaLogs({ args: flags });
  const project = await scratchProject();
  try {
    const args = ['--import', 'direct-logging', '--eval', 'console.log("it works")'];
    const env = { ...settings, VICTORIALOGS_URL: server.url };
    const run = await runProgram({ args, cwd: project.folder, env });
    expect(run).toMatchObject({ code: 0, stderr: '' });
    const query = `job:=${settings.VICTORIALOGS_JOB}`;
    expect(await server.queryWhen(query, 1)).toMatchObject([{ _msg: 'it works' }]);
  } finally {
    await project.remove();
    await server.stop();
  }
});
