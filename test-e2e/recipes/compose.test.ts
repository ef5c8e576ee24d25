/** The recipe for Docker Compose: its file is read by the library of Docker Compose, and its services work together. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it, vi } from 'vitest';
import dashboard from '../../docs/dashboards/grafana.json' with { type: 'json' };
import { engineVersion } from '../environment/docker.ts';
import { dockerComposeFolder } from '../environment/docker-compose.ts';
import { testFolder } from '../environment/for-tests.ts';
import { goProgram, hasGo } from '../environment/go-program.ts';
import {
  buildNodeImage,
  buildServerImage,
  ensureVictoriaLogsImage,
  pullImage,
} from '../environment/images.ts';
import { sayMissing } from '../environment/missing.ts';
import { sayOnStderr } from '../environment/progress.ts';
import { type CommandResult, runCommand, tryCommand } from '../environment/run-command.ts';
import { runProgram } from '../environment/run-program.ts';
import { scratchProject } from '../environment/scratch-project.ts';
import { VMAUTH_VERSION, vmauthProgram } from '../environment/victoria-programs.ts';
import { startVictoriaLogs } from '../environment/victorialogs.ts';
import type { Server } from '../environment/victorialogs-options.ts';
import { freePort, startProcess } from '../environment/victorialogs-process.ts';
import { queriesTo } from '../environment/victorialogs-queries.ts';

const COMPOSE = 'v2.16.2';
const BUILD_MS = 20 * 60_000;

/** What the library makes of the file. */
interface Project {
  readonly services: Readonly<Record<string, Service>>;
  readonly configs: Readonly<Record<string, { readonly content: string }>>;
}

interface Service {
  readonly image?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly hostname?: string;
}

const hasCompiler = await hasGo();
const hasEngine = (await engineVersion()) !== undefined;
if (!hasCompiler) {
  sayMissing('The recipe for Docker Compose is not tested: there is no Go', 'Install it.');
}

const folder = testFolder('compose');
let program: string;
let file: string;
let clusterFile: string;

beforeAll(async () => {
  const page = await readFile(new URL('../../docs/recipes/compose.md', import.meta.url), 'utf8');
  [file = '', clusterFile = ''] = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(
    ([, text = '']) => text,
  );
  if (!hasCompiler) return;
  const built = await goProgram({
    name: `compose/${COMPOSE}`,
    what: `the library of Docker Compose ${COMPOSE}`,
    program: `github.com/compose-spec/compose-go/v2/cmd@${COMPOSE}`,
    say: sayOnStderr,
  });
  program = join(built, 'cmd');
}, BUILD_MS);

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

it.skipIf(!hasCompiler)('has a cluster whose services work together', async () => {
  const { code, stdout, stderr } = await load(clusterFile);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { services, configs } = JSON.parse(stdout) as Project;
  const started = new Map<string, Pick<Server, 'url' | 'discard'>>();
  // The names of services are those of hosts there.
  const here = (text: string) =>
    text.replace(/([\w-]+):9428/g, (_, name: string) => new URL(started.get(name)?.url ?? '').host);
  const project = await scratchProject();
  try {
    const nodes = Object.entries(services).filter(([, { image }]) => image?.includes('/victoria-'));
    // What others name comes first.
    for (const [name, { command = [] }] of nodes.sort(([, a], [, b]) => namesOf(a) - namesOf(b))) {
      const flags = command.filter((flag) => !flag.includes('DataPath'));
      const node = await startVictoriaLogs({ own: true, args: flags.map(here), say: () => {} });
      started.set(name, { url: node.url, discard: async () => void (await node.stop()) });
    }
    const config = join(folder, 'auth.yml');
    await writeFile(config, here(configs.auth?.content ?? ''));
    const port = await freePort();
    const vmauth = await startProcess(await vmauthProgram(), `http://127.0.0.1:${port}`, () => [
      ...(services.vmauth?.command ?? []).map((flag) => flag.replace('/auth.yml', config)),
      `-httpListenAddr=127.0.0.1:${port}`,
    ]);
    started.set('vmauth', vmauth);
    const { VICTORIALOGS_URL = '', ...settings } = services.shop?.environment ?? {};
    expect(services).toHaveProperty(new URL(VICTORIALOGS_URL).hostname);
    const run = await runProgram({
      args: ['--import', 'direct-logging', '--eval', 'console.log("it works")'],
      cwd: project.folder,
      env: { ...settings, VICTORIALOGS_URL: vmauth.url },
    });
    expect(run).toMatchObject({ code: 0, stderr: '' });
    const { query } = queriesTo(vmauth.url);
    await vi.waitFor(
      async () => {
        const rows = await query(`{job="${settings.VICTORIALOGS_JOB}"}`);
        expect(rows).toMatchObject([{ _msg: 'it works' }]);
      },
      { timeout: 60_000, interval: 200 },
    );
  } finally {
    await project.remove();
    await Promise.all([...started.values()].map(({ discard }) => discard()));
  }
});

it.skipIf(!hasCompiler || !hasEngine)(
  'has a cluster that Docker Compose starts, and that goes on without one of its insert nodes',
  { timeout: BUILD_MS },
  async () => {
    const compose = join(await dockerComposeFolder(), 'docker-compose');
    const name = `direct-logging-compose-${process.pid}`;
    const run = (...args: string[]) =>
      runCommand(compose, ['--project-name', name, ...args], { cwd: folder });
    // As it stands, but for the port, which may be in use here, and the image, which is built around this Node.
    const port = await freePort();
    const own = clusterFile.replace('127.0.0.1:8427:8427', `127.0.0.1:${port}:8427`);
    const [, vmauth = ''] = /image: (.*\/vmauth:.*)/.exec(own) ?? [];
    expect(vmauth.endsWith(VMAUTH_VERSION)).toBe(true);
    await writeFile(join(folder, 'compose.yaml'), own);
    expect(await ensureVictoriaLogsImage({ say: sayOnStderr, mayBuild: true })).toBe(true);
    if (!(await pullImage(vmauth, sayOnStderr)))
      await buildServerImage(vmauth, await vmauthProgram(), sayOnStderr);
    const project = await scratchProject({ copied: true });
    const program = 'setInterval(() => console.log(Date.now()), 100)';
    await buildNodeImage({
      image: `${name}-shop`,
      files: { '/app': project.folder },
      workdir: '/app',
      entrypoint: ['--import', 'direct-logging', '--eval', program],
    });
    await project.remove();
    try {
      await run('up', '--detach', '--no-build', '--quiet-pull');
      const { count } = queriesTo(`http://127.0.0.1:${port}`);
      const now = () => count('{job="shop"}').catch(() => 0);
      const grows = async () => {
        const before = await now();
        await expect.poll(now).toBeGreaterThan(before + 10);
      };
      await grows();
      await run('stop', 'insert-1');
      await grows();
      await run('kill', '--signal=SIGKILL', 'vmauth');
      await run('start', 'vmauth', 'insert-1');
      await grows();
    } finally {
      await run('down', '--volumes', '--remove-orphans', '--timeout=5');
      await tryCommand('docker', ['rmi', '--force', `${name}-shop`]);
    }
  },
);

function namesOf({ command = [] }: Service): number {
  return command.filter((flag) => flag.startsWith('-storageNode=')).length;
}
