/** The recipes for containers and Kubernetes: the image's layout, run as a container where there is an engine, else in a folder. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cached } from '../environment/cache.ts';
import { engineVersion, runContainer } from '../environment/docker.ts';
import { dockerComposeFolder } from '../environment/docker-compose.ts';
import { testFolder, testProject, testServer } from '../environment/for-tests.ts';
import {
  buildImage,
  buildNodeImage,
  ensureVictoriaLogsImage,
  pullImage,
} from '../environment/images.ts';
import { sayMissing } from '../environment/missing.ts';
import { nodeBinary } from '../environment/nodes.ts';
import { sayOnStderr } from '../environment/progress.ts';
import { runCommand, tryCommand } from '../environment/run-command.ts';
import { runProgram } from '../environment/run-program.ts';
import { SUPERCRONIC, supercronicFolder } from '../environment/supercronic.ts';
import { queriesTo } from '../environment/victorialogs-queries.ts';

const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url));
const APPLICATION = fileURLToPath(new URL('fixtures/stays.mjs', import.meta.url));
const VALIDATOR = 'kubernetes-validate==1.37.0';
const OPT = '/opt/direct-logging';
const DOCTOR = `${OPT}/node_modules/.bin/direct-logging`;
const BASE = 'node:24-slim';
const MANIFEST = { name: 'app', version: '1.0.0', type: 'module' };
const IMAGE = `direct-logging-recipe:${process.pid}`;
const TIMEOUT_MS = 180_000;

const containers = readFileSync(`${DOCS}recipes/containers.md`, 'utf8');
const [, ENV = ''] = /^ENV (NODE_OPTIONS=.*)$/m.exec(containers) ?? [];
const NODE_OPTIONS = ENV.replace('NODE_OPTIONS=', '').replaceAll('"', '');
const engine = await engineVersion();
if (engine === undefined)
  sayOnStderr('The recipe for containers runs in a folder: no engine answers');

const server = testServer(engine === undefined ? undefined : { prefer: 'container' });
const project = testProject();
/** Apart from what goes into the images: it has 2,400 files. */
const npm = testProject({ withOurs: false, dependencies: { npm: '11.19.1' } });
const root = testFolder('image');
let recipeOfRun: Promise<void> | undefined;
let standInOfRun: Promise<readonly string[]> | undefined;

beforeAll(async () => {
  // As the Dockerfile lays it out, below another root.
  await mkdir(`${root}/app`);
  await cp(APPLICATION, `${root}/app/app.js`);
  await writeFile(`${root}/app/package.json`, JSON.stringify(MANIFEST));
  const lock = { lockfileVersion: 3, requires: true, packages: { '': MANIFEST } };
  await writeFile(`${root}/app/package-lock.json`, JSON.stringify(lock));
  await mkdir(root + OPT, { recursive: true });
  await cp(await realpath(project.nodeModules), `${root}${OPT}/node_modules`, {
    recursive: true,
    verbatimSymlinks: true,
  });
}, TIMEOUT_MS);

afterAll(async () => {
  const images = ['-cron', '-function', '', '-base'].map((name) => IMAGE + name);
  if (engine !== undefined) await tryCommand('docker', ['rmi', '--force', ...images]);
});

it('says where the command is in such an image', () => {
  for (const page of ['getting-started.md', 'command.md', 'troubleshooting.md']) {
    expect(readFileSync(DOCS + page, 'utf8')).toContain(`${DOCTOR} doctor`);
  }
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
    expect(await run(`${npm.nodeModules}/npm/bin/npm-cli.js`, '--version')).toMatchObject({
      code: 0,
      stdout: '11.19.1\n',
    });
    const rows = await server.queryWhen(`{container_name="${name}"} | sort by (_time)`, 2);
    expect(rows.map(({ _msg }) => _msg)).toEqual(['by node', '11.19.1']);
  });

  it.skipIf(engine === undefined)(
    'serves an image of the whole Dockerfile, not as root and with a file system that is read-only',
    {
      timeout: TIMEOUT_MS,
    },
    async () => {
      await buildRecipe();
      const name = `recipe-${randomUUID().slice(0, 8)}`;
      const container = await runContainer({
        image: IMAGE,
        env: { VICTORIALOGS_URL: server.containerUrl ?? '' },
        hostname: name,
        flags: ['--read-only', '--cap-drop=ALL'],
      });
      expect(await container.inspect('{{.Config.User}}')).toBe('node');
      const records = `{container_name="${name}"} | sort by (_time)`;
      // The engine does not wait for the program's first line.
      await server.queryWhen(records, 1);
      const exec = (...args: string[]) =>
        runCommand('docker', ['exec', '--workdir=/', container.id, ...args]);
      expect(await exec('node', '-p', '"by exec"')).toBe('by exec\n');
      const npmVersion = (await exec('npm', '--version')).trim();
      const child = `child_process.execFileSync('node', ['--print', '"by a child"'])`;
      expect(await exec('node', '--eval', `process.stdout.write(${child})`)).toBe('by a child\n');
      expect(await exec(DOCTOR, 'doctor')).toContain('Records arrive from here.\n');
      await runCommand('docker', ['stop', container.id]);
      expect(await container.inspect('{{.State.ExitCode}}')).toBe('0');
      const rows = await server.queryWhen(records, 7);
      await container.remove();
      expect(rows.map(({ _msg }) => _msg)).toEqual([
        'started',
        'by exec',
        npmVersion,
        'by a child',
        'a test record of direct-logging doctor',
        'a test record of direct-logging doctor, in a request that breaks off',
        'stopping',
      ]);
    },
  );

  it.skipIf(engine === undefined)(
    'is in an image that the docker commands of the pages start',
    { timeout: TIMEOUT_MS },
    async () => {
      expect(await ensureVictoriaLogsImage({ say: sayOnStderr, mayBuild: true })).toBe(true);
      const folder = await mkdtemp(join(tmpdir(), 'direct-logging-docker-'));
      await writeFile(join(folder, 'Dockerfile'), (await fillRecipe(folder)).join('\n'));
      const id = randomUUID().slice(0, 8);
      // Names and ports of this run: others may be in use on this machine.
      const own = (text: string) =>
        text
          .replaceAll(/\bmy-(network|container|app)\b/g, `direct-logging-$1-${id}`)
          .replaceAll('--name victorialogs', `--name logs-${id} --network-alias victorialogs`)
          .replaceAll('127.0.0.1:9428:9428', '127.0.0.1::9428');
      const shell = (text: string) => tryCommand('sh', ['-ec', own(text)], { cwd: folder });
      const started = readFileSync(`${DOCS}getting-started.md`, 'utf8');
      const [, block = ''] =
        /^```console\n(docker network create[\s\S]*?)^```$/m.exec(started) ?? [];
      const [, run = ''] = /^(docker run --read-only .*)$/m.exec(containers) ?? [];
      const [, server = ''] = /^(docker run --rm .*victoria-logs:.*)$/m.exec(started) ?? [];
      const [, exec = ''] = /^(docker exec .* doctor)$/m.exec(started) ?? [];
      const beside = (text: string) =>
        text.replace(
          /^docker run --r[\w-]+/,
          `$& --detach --network my-network --name other-${id}`,
        );
      try {
        const commands = block.trim().split('\n');
        expect(await shell(commands.slice(0, -1).join('\n'))).toMatchObject({ code: 0 });
        await expect
          .poll(async () => (await shell(commands.at(-1) ?? '')).stdout)
          .toMatch(/ shop-1 started\n/);
        expect((await shell(exec)).stdout).toContain('Records arrive from here.\n');
        expect(await shell(beside(run))).toMatchObject({ code: 0 });
        const found = own("docker exec my-container node -e 'console.log(1)'");
        expect(await shell(found)).toMatchObject({ code: 0, stdout: '1\n' });
        await shell(`docker rm --force other-${id}`);
        expect(await shell(beside(server))).toMatchObject({ code: 0 });
        expect(
          (await shell(`docker inspect --format '{{.State.Running}}' other-${id}`)).stdout,
        ).toBe('true\n');
      } finally {
        const ours = `other-${id} logs-${id} my-container`;
        await shell(`docker rm --force --volumes ${ours}; docker network rm my-network`);
        await shell('docker rmi --force my-app');
        await rm(folder, { recursive: true });
      }
    },
  );

  it.skipIf(engine === undefined)(
    'is in an image that Docker Compose starts beside VictoriaLogs',
    { timeout: 2 * TIMEOUT_MS },
    async () => {
      expect(await ensureVictoriaLogsImage({ say: sayOnStderr, mayBuild: true })).toBe(true);
      const folder = await mkdtemp(join(tmpdir(), 'direct-logging-compose-'));
      await mkdir(join(folder, 'docker'));
      await symlink(await dockerComposeFolder(), `${folder}/docker/cli-plugins`);
      await writeFile(join(folder, 'Dockerfile'), (await fillRecipe(folder)).join('\n'));
      const page = readFileSync(`${DOCS}recipes/compose.md`, 'utf8');
      const [, file = ''] = /^```yaml\n([\s\S]*?)^```$/m.exec(page) ?? [];
      const [, commands = ''] = /^```sh\n([\s\S]*?)^```$/m.exec(page) ?? [];
      const [up = '', doctor = ''] = commands.split('\n');
      // A port that is free on this machine.
      await writeFile(join(folder, 'compose.yaml'), file.replace('1:9428:9428', '1::9428'));
      const env = {
        DOCKER_CONFIG: join(folder, 'docker'),
        COMPOSE_PROJECT_NAME: `direct-logging-${randomUUID().slice(0, 8)}`,
      };
      const shell = (text: string) =>
        tryCommand('sh', ['-c', text], { cwd: folder, env, timeoutMs: TIMEOUT_MS });
      try {
        // Grafana's image cannot be built here.
        expect(await shell(`${up} victorialogs shop`)).toMatchObject({ code: 0 });
        expect((await shell(`${doctor} < /dev/null`)).stdout).toContain(
          'Records arrive from here.\n',
        );
        expect(await shell('docker compose stop shop')).toMatchObject({ code: 0 });
        const { stdout } = await shell('docker compose port victorialogs 9428');
        const { queryWhen } = queriesTo(`http://${stdout.trim()}`);
        const rows = await queryWhen('job:=shop container_name:=shop-1 logger:=console', 2);
        expect(rows.map(({ _msg }) => _msg).sort()).toEqual(['started', 'stopping']);
      } finally {
        await shell('docker compose down --volumes --rmi local');
        await rm(folder, { recursive: true });
      }
    },
  );

  it.skipIf(engine === undefined)(
    'is as short for a function',
    { timeout: TIMEOUT_MS },
    async () => {
      const page = readFileSync(`${DOCS}lambda.md`, 'utf8');
      const [, dockerfile = ''] =
        /^```dockerfile\n(FROM public.ecr.aws[\s\S]*?)^```$/m.exec(page) ?? [];
      const install = /^RUN npm install --prefix (\S+) .*$/m.exec(dockerfile) ?? [];
      const base = await standIn();
      const image = `${IMAGE}-function`;
      await buildImage(image, async (context) => {
        await layOutPreload(context);
        return dockerfile
          .replace(/^FROM .*$/m, base.join('\n'))
          .replace(install[0] ?? '', `COPY preload ${install[1]}`)
          .split('\n');
      });
      const name = `function-${randomUUID().slice(0, 8)}`;
      const container = await runContainer({
        image,
        args: ['node', '-p', '"by node"'],
        env: { VICTORIALOGS_URL: server.containerUrl ?? '' },
        hostname: name,
      });
      await container.wait();
      await container.remove();
      const rows = await server.queryWhen(`{container_name="${name}"}`, 1);
      expect(rows.map(({ _msg }) => _msg)).toEqual(['by node']);
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

it.skipIf(engine === undefined)(
  'serves an image whose jobs a cron starts',
  { timeout: TIMEOUT_MS },
  async () => {
    await buildRecipe();
    const page = readFileSync(`${DOCS}recipes/process-managers.md`, 'utf8');
    const block = (language: string) =>
      new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(page)?.[1] ?? '';
    const dockerfile = block('dockerfile');
    const install = `RUN CGO_ENABLED=0 go install ${SUPERCRONIC}\n`;
    expect(dockerfile).toContain(`FROM golang AS cron\n${install}FROM my-app\n`);
    const image = `${IMAGE}-cron`;
    await buildImage(image, async (context) => {
      await cp(join(await supercronicFolder(), 'supercronic'), join(context, 'supercronic'));
      await writeFile(join(context, 'crontab'), block('text crontab'));
      await writeFile(join(context, 'report.cjs'), block('js report.cjs'));
      // The program is built on this machine, and the image of the application has the recipe's two files.
      return dockerfile
        .replace('FROM golang AS cron', 'FROM scratch AS cron')
        .replace(install, 'COPY supercronic /go/bin/\n')
        .replace('FROM my-app', `FROM ${IMAGE}\nCOPY crontab report.cjs /app/`)
        .split('\n');
    });
    const name = `recipe-${randomUUID().slice(0, 8)}`;
    const env = { VICTORIALOGS_URL: server.containerUrl ?? '' };
    const container = await runContainer({ image, env, hostname: name });
    try {
      const query = `{container_name="${name}"}`;
      await expect.poll(() => server.count(query), { timeout: 90_000, interval: 500 }).toBe(1);
      expect(await server.queryWhen(query, 1)).toMatchObject([{ _msg: 'report sent' }]);
      expect(await container.logs()).toContain('report sent\n');
    } finally {
      await container.remove();
    }
  },
);

it('has manifests that fit their schemas', { timeout: TIMEOUT_MS }, async (test) => {
  const recipe = readFileSync(`${DOCS}recipes/kubernetes.md`, 'utf8');
  const [deployment = '', agent = ''] = [...recipe.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(
    ([, yaml = '']) => yaml,
  );
  const validator = await installValidator().catch((error: Error) => {
    sayMissing(
      `The manifests are not validated: ${error.message}`,
      'Install Python with venv and pip, and see that pip reaches its registry.',
    );
    return undefined;
  });
  if (validator === undefined) return test.skip();
  const validate = (text: string) => validateWith(validator, text);
  expect(await validate(deployment)).toBe(0);
  expect(await validate(deployment.replace('secretName', 'secretNames'))).not.toBe(0);
  // A DaemonSet and its Service.
  expect(await validate(agent)).toBe(0);
  expect(await validate(agent.replace('hostPath', 'hostsPath'))).not.toBe(0);
  expect(await validate(agent.replace('internalTrafficPolicy', 'trafficPolicy'))).not.toBe(0);
});

/** Made once. */
function buildRecipe(): Promise<void> {
  recipeOfRun ??= buildImage(IMAGE, fillRecipe);
  return recipeOfRun;
}

/** As it stands, but for what is not in a registry: the packages of this tree, and the base image where it cannot be pulled. */
async function fillRecipe(context: string): Promise<readonly string[]> {
  const [, recipe = ''] = /^```dockerfile\n([\s\S]*?)^```$/m.exec(containers) ?? [];
  const [, codeCache = ''] =
    /^```dockerfile\n(RUN node .*code-cache.cjs)\n```$/m.exec(containers) ?? [];
  const install = `RUN npm install --prefix ${OPT} direct-logging`;
  expect(recipe).toContain(`FROM ${BASE}\n`);
  expect(recipe).toContain(`${install}\n`);
  expect(codeCache).toContain(OPT);
  const base = (await pullImage(BASE, sayOnStderr)) ? [`FROM ${BASE}`] : await standIn();
  await cp(`${root}/app`, context, { recursive: true });
  await layOutPreload(context);
  return recipe
    .replace(`FROM ${BASE}`, base.join('\n'))
    .replace(install, `COPY preload ${OPT}\n${codeCache}`)
    .split('\n');
}

/** What `npm install` would make, and the users of the stand-in, for a Dockerfile in this folder. */
async function layOutPreload(context: string): Promise<void> {
  await cp(root + OPT, join(context, 'preload'), { recursive: true, verbatimSymlinks: true });
  await writeFile(join(context, 'passwd'), 'node:x:1000:1000:node:/tmp:/bin/sh\n');
}

/** Made once. */
function standIn(): Promise<readonly string[]> {
  standInOfRun ??= buildStandIn();
  return standInOfRun;
}

/** The first lines of a Dockerfile for an image with what the recipe uses of the official one: a shell, node, npm, a user. */
async function buildStandIn(): Promise<readonly string[]> {
  const command = join(root, 'npm');
  await writeFile(command, '#!/bin/sh\nexec node /usr/lib/npm/bin/npm-cli.js "$@"\n', {
    mode: 0o755,
  });
  await buildNodeImage({
    image: `${IMAGE}-base`,
    files: {
      '/bin/sh': '/bin/dash',
      '/usr/bin/env': '/usr/bin/env',
      '/usr/bin/npm': command,
      '/usr/lib/npm': `${npm.nodeModules}/npm`,
    },
    libraries: ['/bin/dash', '/usr/bin/env'],
  });
  return [
    `FROM ${IMAGE}-base`,
    'ENTRYPOINT []',
    'ENV PATH=/usr/local/bin:/usr/bin:/bin',
    'COPY passwd /etc/passwd',
  ];
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
