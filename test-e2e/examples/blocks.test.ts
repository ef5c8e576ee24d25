/** Every code block of every page is run by a test, or an exception here says why not. What no other test runs is run here. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { namedServer, understoodSettings } from '@direct-logging/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { installPeers } from '../../bench/loggers/install-peers.ts';
import { type CommandName, synopsisOf } from '../../packages/cli/src/commands.ts';
import type { Verdict } from '../../packages/cli/src/doctor/check.ts';
import { showReport } from '../../packages/cli/src/doctor/show.ts';
import { rendered } from '../../packages/cli/src/print.ts';
import { showAudit } from '../../packages/cli/src/show-audit.ts';
import { showRow } from '../../packages/cli/src/show-row.ts';
import { cached } from '../environment/cache.ts';
import { unpackDebianPackages } from '../environment/debian-packages.ts';
import { isFullRun } from '../environment/extent.ts';
import { testFolder, testProject, testServer } from '../environment/for-tests.ts';
import { sayMissing } from '../environment/missing.ts';
import { sayOnStderr } from '../environment/progress.ts';
import { runCommand, tryCommand } from '../environment/run-command.ts';
import { runProgram } from '../environment/run-program.ts';
import { LOGGERS, scratchProject } from '../environment/scratch-project.ts';
import { type PageBlock, readBlocks } from './read-blocks.ts';
import { readCalls, readExamples, readLonePrograms } from './read-examples.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const KUBECTL = '1.32';
const AWSCLI = 'awscli==1.46.3';
const INSTALL_MS = 600_000;

/** By the beginning of its text. */
interface Named {
  readonly page: string;
  readonly begins: string;
}

/** A block that another test file runs, or reads from the page; `with` is in that file. */
interface Elsewhere extends Named {
  readonly by: string;
  readonly with: string;
}

const RECIPES = { by: 'test-e2e/platforms/recipes.test.ts' } as const;
const COMPARED = { by: 'test-e2e/repository/docs.test.ts', with: 'repeats the lines' } as const;
const GO_ON = 'test-e2e/command/command.test.ts';
const STARTED = 'docs/getting-started.md';

const ELSEWHERE: readonly Elsewhere[] = [
  {
    ...{ page: 'ARCHITECTURE.md', begins: 'core →' },
    ...{ by: 'test-e2e/repository/architecture.test.ts', with: 'arrows' },
  },
  {
    ...{ page: 'ARCHITECTURE.md', begins: 'record →' },
    ...{ by: 'test-e2e/repository/architecture.test.ts', with: 'folders' },
  },
  ...['README.md', 'packages/cli/README.md', STARTED].map((page) => ({
    ...{ page, begins: 'RUN npm install --prefix /opt/direct-logging' },
    ...COMPARED,
  })),
  ...['packages/auto/README.md', STARTED].map((page) => ({
    ...{ page, begins: 'RUN npm install --prefix /opt/nodejs' },
    ...COMPARED,
  })),
  { page: STARTED, begins: '- name: VICTORIALOGS_URL', ...COMPARED },
  { page: 'README.md', begins: 'docker run', ...COMPARED },
  { page: STARTED, begins: 'docker run', ...RECIPES, with: 'docker run --rm' },
  {
    ...{ page: 'README.md', begins: 'npm ci && npm run pack' },
    ...{ by: 'test-e2e/repository/pack.test.ts', with: 'the printed command installs' },
  },
  { page: STARTED, begins: 'docker network create', ...RECIPES, with: 'docker network create' },
  { page: STARTED, begins: 'docker exec', ...RECIPES, with: 'docker exec' },
  {
    ...{ page: 'docs/lambda.md', begins: 'FROM public.ecr.aws' },
    ...{ ...RECIPES, with: 'FROM public.ecr.aws' },
  },
  {
    ...{ page: 'docs/lambda.md', begins: 'NODE_OPTIONS=--require' },
    ...{ by: 'test-e2e/lambda/layer.test.ts', with: "'docs/lambda.md'" },
  },
  {
    page: 'docs/recipes/containers.md',
    begins: 'FROM node:24-slim',
    ...RECIPES,
    with: 'buildRecipe',
  },
  { page: 'docs/recipes/containers.md', begins: 'docker run', ...RECIPES, with: '--read-only' },
  { page: 'docs/recipes/containers.md', begins: 'RUN node', ...RECIPES, with: 'code-cache' },
  { page: 'docs/recipes/containers.md', begins: '{', ...RECIPES, with: 'node.config.json' },
  {
    ...{ page: 'docs/recipes/containers.md', begins: 'CMD ["node", "--experimental' },
    ...{ ...RECIPES, with: '--experimental-default-config-file' },
  },
  { page: 'packages/cli/README.md', begins: 'RUN node', ...RECIPES, with: 'code-cache' },
  { page: 'packages/auto/README.md', begins: 'RUN node', ...RECIPES, with: 'code-cache' },
  {
    ...{ page: 'docs/recipes/process-managers.md', begins: 'FROM golang' },
    ...{ ...RECIPES, with: 'FROM golang AS cron' },
  },
  {
    ...{ page: 'docs/recipes/compose.md', begins: 'services:' },
    ...{ by: 'test-e2e/recipes/compose.test.ts', with: 'docs/recipes/compose.md' },
  },
  { page: 'docs/recipes/kubernetes.md', begins: 'apiVersion', ...RECIPES, with: 'kubernetes.md' },
  {
    ...{ page: 'docs/dashboards.md', begins: 'vmalert -rule=' },
    ...{ by: 'test-e2e/dashboards/dashboards.test.ts', with: '-datasource.url=' },
  },
  {
    ...{ page: 'docs/delivery.md', begins: '(FILTER)' },
    ...{ by: 'test-e2e/repository/docs.test.ts', with: "withoutDuplicatesQuery('FILTER')" },
  },
  {
    ...{ page: 'docs/delivery.md', begins: 'VICTORIALOGS_URL=unix:' },
    ...{ by: 'test-e2e/platforms/unix-sockets.test.ts', with: 'VICTORIALOGS_URL: `unix:' },
  },
  {
    ...{ page: 'docs/platforms.md', begins: 'bun --preload' },
    ...{ by: 'test-e2e/platforms/other-runtimes.ts', with: 'deno run --allow-all' },
  },
  {
    ...{ page: 'docs/platforms.md', begins: 'NODE_OPTIONS="--require' },
    ...{ by: 'test-e2e/bundles/single-executable.test.ts', with: '--snapshot-blob' },
  },
  {
    ...{ page: 'docs/command.md', begins: '2 files: 2000 lines' },
    ...{ by: 'packages/cli/test/show-drain.test.ts', with: '2 files: 2000 lines' },
  },
  {
    ...{ page: 'docs/troubleshooting.md', begins: 'direct-logging: settings:' },
    ...{ by: GO_ON, with: 'tells the settings and their sources' },
  },
];

interface Exception extends Named {
  readonly reason: string;
}

const AWS_IMAGE =
  'it needs the images of AWS and Docker Hub; dockerfiles.test.ts builds and invokes the same where they can be pulled';
const BUILDS = 'this is what the tests of the layer do, from the sources';

const EXCEPTIONS: readonly Exception[] = [
  {
    ...{ page: 'README.md', begins: 'git clone' },
    reason: 'it needs the network; whoever runs this has the clone',
  },
  { page: STARTED, begins: 'docker build --tag my-function', reason: AWS_IMAGE },
  {
    ...{ page: 'docs/recipes/compose.md', begins: 'docker compose up' },
    reason: 'it needs Docker Hub; compose.test.ts runs what the file says',
  },
  { page: 'docs/lambda.md', begins: 'npm run layer\ndocker', reason: AWS_IMAGE },
  { page: 'apps/lambda-example/README.md', begins: 'npm run layer\ndocker', reason: AWS_IMAGE },
  { page: 'apps/lambda-layer/README.md', begins: 'npm run layer\n', reason: BUILDS },
  {
    ...{ page: 'docs/command.md', begins: 'ENTRYPOINT' },
    reason: 'there is no nginx; command.test.ts runs other programs so',
  },
  {
    ...{ page: 'docs/recipes/lambda-tools.md', begins: 'AWSTemplateFormatVersion' },
    reason: 'SAM is 300 MB; docs.test.ts compares the variables with those of the layer',
  },
  {
    ...{ page: 'docs/recipes/lambda-tools.md', begins: 'data "archive_file"' },
    reason: "it needs HashiCorp's registry; docs.test.ts compares the variables",
  },
  {
    ...{ page: 'docs/recipes/lambda-tools.md', begins: 'new sst.aws.Function' },
    reason: 'the tool contacts AWS before it makes anything, as the page says',
  },
];

/** A part of a program, and what makes it whole. */
interface Snippet extends Named {
  /** Before and behind it. */
  readonly around: readonly [string, string];
  /** Fields of the records that arrive. Default: none. */
  readonly records?: readonly Readonly<Record<string, unknown>>[];
  readonly flags?: readonly string[];
}

const PINO = "import pino from 'pino';";
const WINSTON = "import winston from 'winston';";
const CARD = '4'.repeat(16);

const SNIPPETS: readonly Snippet[] = [
  {
    ...{ page: 'README.md', begins: 'const logger = pino(pinoDestination(' },
    around: [
      `${PINO} import { pinoDestination } from '@direct-logging/pino-transport';`,
      "logger.info('it works');",
    ],
    records: [{ _msg: 'it works', logger: 'pino' }],
  },
  {
    ...{ page: 'packages/pino-transport/README.md', begins: 'const logger = pino({\n  transport' },
    around: [PINO, "logger.info('it works');"],
    records: [{ _msg: 'it works', logger: 'pino' }],
  },
  {
    ...{ page: 'docs/capture.md', begins: 'const first = pino(' },
    around: [
      `${PINO} ${WINSTON} const redact = (text) => text.replaceAll(/4\\d{15}/g, '***');`,
      `first.info({ card: '${CARD}' }, 'card=${CARD}');
       second.info('card=${CARD}', { secret: '${CARD}' });`,
    ],
    flags: ['--import', 'direct-logging'],
    records: [
      { _msg: 'card=***', card: '***' },
      { _msg: 'card=***', card: undefined, secret: undefined },
    ],
  },
];

/** What another transport needs around the program that is replaced. */
const BEFORE = [
  ["target: 'pino-loki'", PINO],
  ['new LokiTransport(', `${WINSTON} import LokiTransport from 'winston-loki';`],
  ["target: '@logtail/pino'", `${PINO} const sourceToken = 'x', endpoint = 'http://127.0.0.1:1';`],
  [
    'new WinstonTransport(',
    `${WINSTON} import { WinstonTransport } from '@axiomhq/winston'; const token = 'x';`,
  ],
  ["target: 'pino-opentelemetry-transport'", PINO],
  ['new winston.transports.Http(', WINSTON],
] as const;

/** A target is loaded by its thread; then, or at once without one, the logger is there, and nothing is logged. */
const AFTER = `
const stream = logger[Symbol.for('pino.metadata')] ?? logger[Object.getOwnPropertySymbols(Object(logger)).find((one) => one.description === 'pino.stream')];
if (stream?.worker !== undefined && !stream.ready) await new Promise((resolve, reject) => stream.once('ready', resolve).once('error', reject));
if (typeof logger.info !== 'function') throw new Error('no logger');
process.exit(0);
`;

const blocks = readBlocks();
const isNamed = ({ page, begins }: Named, block: PageBlock) =>
  page === block.page && block.text.trimStart().startsWith(begins);
const ofKind = (isOne: (block: PageBlock) => boolean) => blocks.filter(isOne);
const nameOf = ({ page, text }: PageBlock) => `${page}: ${text.trimStart().split('\n')[0]}`;
const asCases = (some: readonly PageBlock[]) =>
  some.map((block) => [nameOf(block), block] as const);

const examples = readExamples(
  ...['getting-started.md', 'configure.md', 'examples.md', 'coming-from.md', 'record.md'],
  ...['web-frameworks', 'process-managers', 'test-runners', 'package-managers'].map(recipe),
  ...['observability', 'lambda-tools'].map(recipe),
);

const lonePrograms = readLonePrograms();

/** Lines that set variables and call nothing. */
const settings = ofKind(({ text }) =>
  text.split('\n').every((line) => /^([A-Z_]+=\S.*)?$/.test(line)),
).filter(({ text }) => !/ node | \.\//.test(text));
/** Two lines: our package is installed, and a program started with it. */
const starts = ofKind(
  ({ kind, text }) =>
    kind === 'sh' &&
    /--import (@direct-logging\/auto|direct-logging) app\.js$/m.test(text) &&
    !text.includes('unix:') &&
    !text.includes('bun '),
);
const queries = ofKind(({ text }) => text.startsWith('durable_execution_arn:='));
const synopses = ofKind(
  ({ page, text }) => page === 'docs/command.md' && text.startsWith('npx direct-logging '),
);
const clients = ofKind(({ text }) => text.includes("from '@aws-sdk/client-lambda'"));
const before = ofKind(
  ({ page, kind, text }) => page === 'docs/coming-from.md' && kind === 'js' && text !== '',
);
const kubectl = ofKind(({ text }) => text.startsWith('kubectl '));
const aws = ofKind(({ text }) => text.startsWith('aws '));
const snippets = ofKind((block) => SNIPPETS.some((snippet) => isNamed(snippet, block)));
const lines = new Set([...readCalls().map((call) => `npx ${call}`), 'npm install direct-logging']);
/** What a command of ours prints; the test below makes the same. */
const outputs = ofKind(
  ({ page, text }) => page === 'docs/command.md' && /^(note {2}direct|PROCESS |\d{4}-)/.test(text),
);
const calls = ofKind(({ text }) =>
  text
    .trimEnd()
    .split('\n')
    .every((line) => lines.has(line) || line.startsWith('export VICTORIALOGS_URL=')),
);

/** What is run here, or in `examples.test.ts`, `recipes.test.ts` and `lambda-tools.test.ts`, which read the pages as we do. */
const run = new Set([
  ...[
    outputs,
    settings,
    starts,
    queries,
    synopses,
    clients,
    before,
    kubectl,
    aws,
    snippets,
    calls,
  ].flat(),
  ...ofKind(({ text }) => examples.some(({ texts }) => texts.includes(text))),
  ...ofKind(({ page, text }) => lonePrograms.some((one) => one.page === page && one.text === text)),
]);

describe('every code block', () => {
  it('is run by a test, or an exception says why not', () => {
    const named = [...ELSEWHERE, ...EXCEPTIONS];
    const left = blocks.filter(
      (block) => !run.has(block) && !named.some((one) => isNamed(one, block)),
    );
    expect(left.map(nameOf)).toEqual([]);
    expect(blocks.length).toBeGreaterThan(200);
  });

  it('that has an exception is there, and is said', () => {
    for (const exception of EXCEPTIONS) {
      const found = blocks.filter((block) => isNamed(exception, block));
      expect(found.length, exception.begins).toBeGreaterThan(0);
      expect(found.filter((block) => run.has(block)).map(nameOf)).toEqual([]);
      for (const block of found) sayOnStderr(`Not run: ${nameOf(block)} (${exception.reason})`);
    }
  });

  it('that has an exception names files that are there', () => {
    const named = EXCEPTIONS.flatMap((one) => blocks.filter((block) => isNamed(one, block)))
      .flatMap(({ text }) => [...text.matchAll(/(?:--file |--data @)(\S+)/g)])
      .map(([, path = '']) => path);
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((path) => !existsSync(ROOT + path))).toEqual([]);
  });

  it.each(ELSEWHERE)('of $page that begins with $begins is run in $by', async (one) => {
    expect(blocks.filter((block) => isNamed(one, block)).length).toBeGreaterThan(0);
    const test = await readFile(ROOT + one.by, 'utf8');
    expect(test.includes(one.with), one.with).toBe(true);
  });
});

describe('with our packages and loggers', () => {
  const server = testServer();
  const project = testProject({ dependencies: LOGGERS });

  it.each(asCases(snippets))('runs the snippet %s', async (_, block) => {
    const snippet = SNIPPETS.find((one) => isNamed(one, block)) as Snippet;
    const { around, flags = [], records = [] } = snippet;
    const [head, end] = around;
    const name = `${randomUUID()}.mjs`;
    const program = `${head}\n${block.text}\n${end}\n`;
    await writeFile(
      join(project.folder, name),
      program.replaceAll('http://victorialogs:9428', server.url),
    );
    const job = `block-${randomUUID()}`;
    const env = { VICTORIALOGS_URL: server.url, VICTORIALOGS_JOB: job };
    const { code, stderr } = await runProgram({ args: [...flags, name], cwd: project.folder, env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const rows = await server.queryWhen(`job:="${job}" | sort by (_time)`, records.length);
    const fieldsOf = (row: object, record: object) =>
      Object.fromEntries(Object.keys(record).map((name) => [name, Reflect.get(row, name)]));
    expect(rows.map((row, at) => fieldsOf(row, records[at] ?? {}))).toEqual(records);
  });

  it.each(asCases(starts))('starts a program as %s', async (_, { text }) => {
    const job = `block-${randomUUID()}`;
    await writeFile(join(project.folder, 'app.js'), "console.log('it works');\n");
    const command = text
      .replace('npm install direct-logging', 'npm ls direct-logging')
      .replace(/http:\/\/(victorialogs|localhost):9428/, server.url);
    const env = { VICTORIALOGS_JOB: job };
    const args = ['-ec', command];
    const { code, stderr } = await runProgram({ node: 'sh', args, cwd: project.folder, env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(await server.queryWhen(`job:="${job}"`, 1)).toMatchObject([{ _msg: 'it works' }]);
  });

  it.each(asCases(queries))('asks %s', async (_, { text }) => {
    const body = new URLSearchParams({ query: text });
    const answer = await fetch(`${server.url}/select/logsql/query`, { method: 'POST', body });
    expect([answer.status, await answer.text()]).toEqual([200, '']);
  });
});

it.each(asCases(settings))('understands the settings %s', async (_, { text }) => {
  const folder = await mkdtemp(join(tmpdir(), 'direct-logging-settings-'));
  // A file that a setting names is there, and has a credential.
  const file = join(folder, 'credential');
  await writeFile(file, 'secret\n');
  try {
    const pairs = [...text.matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [
      name,
      name.endsWith('_FILE') ? file : value.replace(/^'(.*)'$/, '$1'),
    ]);
    const known = { VICTORIALOGS_URL: 'http://victorialogs:9428', ...Object.fromEntries(pairs) };
    expect(namedServer(known).url).toMatch(/^http:/);
    expect(understoodSettings(known, () => 'host')?.problems).toEqual([]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it.each(asCases(synopses))('has the synopsis %s', (_, { text }) => {
  const [, name = ''] = /^npx direct-logging (\w+)/.exec(text) ?? [];
  expect(text).toBe(`npx direct-logging ${synopsisOf(name as CommandName)}\n`);
});

describe('the output on the page', () => {
  const shown = (begins: string) => outputs.find(({ text }) => text.startsWith(begins))?.text ?? '';

  it('of doctor is in its format', () => {
    const text = shown('note  direct');
    const checks = [...text.matchAll(/^(ok|note|warn|fail) +(\S+(?: \S+)*) {2,}(.+)$/gm)].map(
      ([, verdict, name = '', finding = '']) => ({ verdict: verdict as Verdict, name, finding }),
    );
    const [, conclusion = '', next = ''] = /^(Records .+)\nNext: (.+)\.$/m.exec(text) ?? [];
    expect(rendered(showReport({ ok: false, checks, conclusion, next }), false)).toBe(text);
  });

  it('of tail is in its format', () => {
    const row = { _time: '2026-01-31T12:34:56.789Z', level: 'WARN', container_name: 'web-1' };
    const line = showRow({ ...row, _msg: 'payment 17 took 4 s' });
    expect(rendered(line, false)).toBe(shown('2026-'));
  });

  it('of audit is in its format', () => {
    const whole = {
      ...{ id: 'dcsua2nxpf5xu', containerName: 'lambda-hello', beganEarlier: false },
      ...{ firstTime: '2026-01-31T12:13:36.045Z', lastTime: '2026-01-31T12:13:36.056Z' },
      ...{ written: 1000, present: 1000, missing: 0, missingRanges: [] },
      ...{ duplicates: 0, reportedDropped: 0 },
    };
    const holed = {
      ...{ ...whole, id: 'kdp5j3tvq08ms', present: 979, missing: 21, reportedDropped: 21 },
      ...{ firstTime: '2026-01-31T12:13:36.105Z', lastTime: '2026-01-31T12:13:36.116Z' },
      missingRanges: [
        { first: 100, last: 119 },
        { first: 500, last: 500 },
      ],
    };
    const sums = { written: 2000, present: 1979, missing: 21, duplicates: 0, reportedDropped: 21 };
    const report = { processes: [whole, holed], ...sums, queryWithoutDuplicates: '' };
    expect(showAudit(report).startsWith(shown('PROCESS '))).toBe(true);
  });
});

describe.skipIf(!isFullRun())('what is replaced, in the matrix', () => {
  const folder = testFolder('before');
  beforeAll(async () => {
    const peers = await installPeers();
    await symlink(peers, join(folder, 'node_modules'));
  }, INSTALL_MS);

  it.each(
    before.map(({ text }) => [BEFORE.find(([begins]) => text.includes(begins)), text] as const),
  )('is there as the page shows it: %s', async (known, text) => {
    expect(known, text).toBeDefined();
    await writeFile(join(folder, 'before.mjs'), `${known?.[1]}\n${text}\n${AFTER}`);
    const { code, stderr } = await runProgram({ args: ['before.mjs'], cwd: folder });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});

describe.skipIf(!isFullRun())('with large tools, in the matrix', { timeout: INSTALL_MS }, () => {
  it.each(asCases(clients))('makes the client %s', async (_, { text }) => {
    const project = await scratchProject({ pinned: 'aws-sdk' });
    await writeFile(join(project.folder, 'client.mjs'), text);
    const env = { AWS_REGION: 'eu-west-1' };
    const run = await runProgram({ args: ['client.mjs'], cwd: project.folder, env });
    await project.remove();
    expect(run).toMatchObject({ code: 0, stderr: '' });
  });

  it.for(asCases(kubectl))(
    'has kubectl make the secret of the Deployment: %s',
    async ([, { text }], test) => {
      const client = await kubectlClient().catch((error: Error) => {
        sayMissing(`kubectl is not called: ${error.message}`, 'Run the tests on Debian.');
        return undefined;
      });
      if (client === undefined) return test.skip();
      const call = text.trim().replace('kubectl', `${client} --output=json --dry-run=client`);
      const secret = JSON.parse(await runCommand('sh', ['-ec', call]));
      const page = await readFile(`${ROOT}docs/recipes/kubernetes.md`, 'utf8');
      const [, name] = /secretName: (\S+)/.exec(page) ?? [];
      const [, folder] = /mountPath: (\S+)/.exec(page) ?? [];
      const [, key] = new RegExp(`value: ${folder}/(\\S+)`).exec(page) ?? [];
      expect(secret).toMatchObject({
        kind: 'Secret',
        metadata: { name },
        data: { [`${key}`]: expect.any(String) },
      });
    },
  );

  it.for(asCases(aws))('has a call that the AWS CLI takes: %s', async ([, { text }], test) => {
    const cli = await awsClient().catch((error: Error) => {
      sayMissing(
        `The AWS CLI is not called: ${error.message}`,
        'Install Python with pip, and see that pip reaches its registry.',
      );
      return undefined;
    });
    if (cli === undefined) return test.skip();
    const folder = await mkdtemp(join(tmpdir(), 'direct-logging-aws-'));
    // The end of a ZIP file alone is an empty one.
    await writeFile(join(folder, 'layer.zip'), Buffer.from('PK\u0005\u0006'.padEnd(22, '\0')));
    const call = text
      .replace(/^aws/, 'python3 -m awscli')
      .replace(/fileb:\S+/, 'fileb://layer.zip');
    const env = { PYTHONPATH: cli, AWS_DEFAULT_REGION: 'eu-west-1', AWS_CONFIG_FILE: '/dev/null' };
    // It checks the call and asks nobody.
    const take = (command: string) =>
      tryCommand('sh', ['-c', `${command.trim()} --generate-cli-skeleton output`], {
        cwd: folder,
        env,
      });
    const taken = await take(call);
    const wrong = await take(call.replace('--layer-name', '--layer-title'));
    await rm(folder, { recursive: true });
    expect(taken.stderr).toBe('');
    expect(JSON.parse(taken.stdout)).toHaveProperty('LayerVersionArn');
    expect(wrong.code).not.toBe(0);
  });
});

function recipe(name: string): string {
  return `recipes/${name}.md`;
}

async function kubectlClient(): Promise<string> {
  const folder = await cached(`kubectl/${KUBECTL}`, (to) => unpackDebianPackages(['kubectl'], to));
  return join(folder, 'usr/bin/kubectl');
}

function awsClient(): Promise<string> {
  return cached(AWSCLI.replace('==', '/'), async (folder) => {
    const quiet = ['--quiet', '--disable-pip-version-check'];
    await runCommand('python3', ['-m', 'pip', 'install', ...quiet, `--target=${folder}`, AWSCLI]);
  });
}
