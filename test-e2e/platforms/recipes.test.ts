/** The recipes for containers and Kubernetes: the image's layout, run as a container where there is an engine, else in a folder. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cached } from '../environment/cache.ts';
import { engineVersion, runContainer } from '../environment/docker.ts';
import { buildNodeImage } from '../environment/images.ts';
import { nodeBinary } from '../environment/nodes.ts';
import { sayOnStderr } from '../environment/progress.ts';
import { runCommand, tryCommand } from '../environment/run-command.ts';
import { runProgram } from '../environment/run-program.ts';
import { type ScratchProject, scratchProject } from '../environment/scratch-project.ts';
import { startVictoriaLogs, type VictoriaLogs } from '../environment/victorialogs.ts';

const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url));
const APPLICATION = fileURLToPath(new URL('fixtures/stays.mjs', import.meta.url));
const VALIDATOR = 'kubernetes-validate==1.37.0';
const OPT = '/opt/direct-logging';
const IMAGE = `direct-logging-recipe:${process.pid}`;
const TIMEOUT_MS = 120_000;

const containers = readFileSync(`${DOCS}recipes/containers.md`, 'utf8');
const [, ENV = ''] = /^ENV (NODE_OPTIONS=.*)$/m.exec(containers) ?? [];
const NODE_OPTIONS = ENV.replace('NODE_OPTIONS=', '').replaceAll('"', '');
const engine = await engineVersion();
if (engine === undefined)
  sayOnStderr('The recipe for containers runs in a folder: no engine answers');

let server: VictoriaLogs;
let project: ScratchProject;
let root: string;

beforeAll(async () => {
  server = await startVictoriaLogs(engine === undefined ? {} : { prefer: 'container' });
  project = await scratchProject({ dependencies: { npm: '11.19.1' } });
  // As the Dockerfile lays it out, below another root.
  root = await mkdtemp(join(tmpdir(), 'direct-logging-image-'));
  await mkdir(`${root}/app`);
  await cp(APPLICATION, `${root}/app/app.mjs`);
  await mkdir(root + OPT, { recursive: true });
  await cp(project.nodeModules, `${root}${OPT}/node_modules`, {
    recursive: true,
    dereference: true,
  });
}, TIMEOUT_MS);

afterAll(async () => {
  if (engine !== undefined) await tryCommand('docker', ['rmi', '--force', IMAGE]);
  if (root) await rm(root, { recursive: true, force: true });
  await project?.remove();
  await server?.stop();
});

describe('the line for every image', () => {
  it('is the same in the README', () => {
    expect(NODE_OPTIONS).toMatch(new RegExp(`^--import ${OPT}/.+\\.js$`));
    expect(readFileSync(`${DOCS}../README.md`, 'utf8')).toContain(`ENV ${ENV}\n`);
  });

  it.each(['/', '/app', OPT])('starts node and npm in %s', async (directory) => {
    const name = `recipe-${randomUUID()}`;
    const options = { NODE_OPTIONS: NODE_OPTIONS.replace(OPT, root + OPT) };
    const env = { ...options, VICTORIALOGS_URL: server.url, VICTORIALOGS_CONTAINER_NAME: name };
    const run = async (...args: string[]) => {
      const cwd = directory === '/' ? '/' : root + directory;
      return runProgram({ node: await nodeBinary(24), args, env, cwd });
    };
    expect(await run('-p', '"by node"')).toMatchObject({ code: 0, stdout: 'by node\n' });
    expect(await run(npmBelow(root), '--version')).toMatchObject({ code: 0, stdout: '11.19.1\n' });
    const rows = await server.queryWhen(`{container_name="${name}"} | sort by (_time)`, 2);
    expect(rows.map(({ _msg }) => _msg)).toEqual(['by node', '11.19.1']);
  });

  it.skipIf(engine === undefined)(
    'serves a container with no rights that may write nothing',
    {
      timeout: TIMEOUT_MS,
    },
    async () => {
      const files = { [OPT]: root + OPT, '/app': `${root}/app` };
      await buildNodeImage({ image: IMAGE, node: await nodeBinary(24), files, workdir: '/app' });
      const name = `recipe-${randomUUID().slice(0, 8)}`;
      const container = await runContainer({
        image: IMAGE,
        args: ['app.mjs'],
        env: { NODE_OPTIONS, VICTORIALOGS_URL: server.containerUrl ?? '' },
        hostname: name,
        flags: ['--read-only', '--user=1000:1000', '--cap-drop=ALL'],
      });
      const exec = (...args: string[]) =>
        runCommand('docker', ['exec', '--workdir=/', container.id, '/usr/bin/node', ...args]);
      expect(await exec('-p', '"by exec"')).toBe('by exec\n');
      expect(await exec(npmBelow(''), '--version')).toBe('11.19.1\n');
      await runCommand('docker', ['stop', container.id]);
      expect(await container.inspect('{{.State.ExitCode}}')).toBe('0');
      const rows = await server.queryWhen(`{container_name="${name}"} | sort by (_time)`, 4);
      await container.remove();
      expect(rows.map(({ _msg }) => _msg)).toEqual(['started', 'by exec', '11.19.1', 'stopping']);
    },
  );

  it.each([24, 26] as const)('can stand in node.config.json on Node %i', async (major) => {
    const [, config = ''] = /^```json\n([\s\S]*?)^```$/m.exec(containers) ?? [];
    const folder = await mkdtemp(join(tmpdir(), 'direct-logging-config-'));
    await writeFile(join(folder, 'node.config.json'), config.replace(OPT, root + OPT));
    const name = `recipe-${randomUUID()}`;
    await runProgram({
      node: await nodeBinary(major),
      args: ['--experimental-default-config-file', '-p', '"by node"'],
      env: { VICTORIALOGS_URL: server.url, VICTORIALOGS_CONTAINER_NAME: name },
      cwd: folder,
    });
    await rm(folder, { recursive: true });
    const query = `{container_name="${name}",stream="stdout"}`;
    expect((await server.queryWhen(query, 1)).map(({ _msg }) => _msg)).toEqual(['by node']);
  });
});

it('has a Deployment that fits its schema', { timeout: TIMEOUT_MS }, async (test) => {
  const recipe = readFileSync(`${DOCS}recipes/kubernetes.md`, 'utf8');
  const [, yaml = ''] = /^```yaml\n([\s\S]*?)^```$/m.exec(recipe) ?? [];
  const validator = await installValidator().catch((error: Error) => {
    sayOnStderr(`The Deployment is not validated: ${error.message}`);
    return undefined;
  });
  if (validator === undefined) return test.skip();
  const validate = (text: string) => validateWith(validator, text);
  expect(await validate(yaml)).toBe(0);
  expect(await validate(yaml.replace('secretKeyRef', 'secretRef'))).not.toBe(0);
});

function npmBelow(above: string): string {
  return `${above}${OPT}/node_modules/npm/bin/npm-cli.js`;
}

async function installValidator(): Promise<string> {
  return cached(`${VALIDATOR.replace('==', '/')}`, async (folder) => {
    const quiet = ['--quiet', '--disable-pip-version-check'];
    await runCommand('python3', [
      '-m',
      'pip',
      'install',
      ...quiet,
      `--target=${folder}`,
      VALIDATOR,
    ]);
  });
}

async function validateWith(validator: string, yaml: string): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'direct-logging-yaml-'));
  const path = join(folder, 'deployment.yaml');
  await writeFile(path, yaml);
  const args = ['-m', 'kubernetes_validate', '--strict', path];
  const { code } = await tryCommand('python3', args, { env: { PYTHONPATH: validator } });
  await rm(dirname(path), { recursive: true });
  return code;
}
