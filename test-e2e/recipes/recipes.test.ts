/** Every recipe of the documentation with the real tool: each printed line arrives once, and nothing else changes. */
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isFullRun } from '../environment/extent.ts';
import { testServer } from '../environment/for-tests.ts';
import { npm } from '../environment/npm.ts';
import { sayOnStderr } from '../environment/progress.ts';
import { runCommand } from '../environment/run-command.ts';
import { type ProgramOptions, type ProgramRun, runProgram } from '../environment/run-program.ts';
import { type ScratchProject, scratchProject } from '../environment/scratch-project.ts';
import { supercronicFolder } from '../environment/supercronic.ts';
import { freePort } from '../environment/victorialogs-process.ts';
import type { Row } from '../environment/victorialogs-queries.ts';
import { type Example, readExamples, withExec } from '../examples/read-examples.ts';

const FIXTURES = fileURLToPath(new URL('./fixtures/', import.meta.url));
const TIMEOUT_MS = 600_000;
const RUN_MS = 180_000;
const SETTLES_WITHIN_MS = 300;

/** Ids, times, durations and what shares they have, ports, process ids. */
const VARIES = /\b[0-9a-f]{16,}\b|\d+(\.\d+)?(ms|m?s\b)?|\(.*%\)/g;
/** Jest says it when a run takes longer than the one before. */
const ESTIMATE = /, estimated \d+ s$/gm;

/** What a recipe needs beside its page. */
interface Recipe {
  /** The folder of `test-e2e/pinned-packages/` with its tools. */
  readonly packages: string;
  /** The folder of `fixtures/` with what else is in such a project. */
  readonly files?: string;
  /** Asked for one after the other, as soon as the program listens. */
  readonly requests?: readonly string[];
  /** Whether the program stays until it gets SIGTERM, when it has printed what the page shows. */
  readonly stops?: true;
  /** For the shell, before the tool. */
  readonly begins?: string;
  /** For the shell, where the program goes on behind the tool: prints what it has printed. */
  readonly prints?: string;
  /** For the shell: ends it. */
  readonly ends?: string;
  /** What it has sent elsewhere in the end. */
  readonly sends?: string;
  /** Whether several processes or loggers print, in any order. */
  readonly anyOrder?: true;
  /** What the tool puts before each line of the program. */
  readonly label?: RegExp;
  /** The folder of a tool that is not pinned; empty where it can't be had, which has been said. */
  readonly needs?: string;
  /** Whether the program runs without the packages of the project, as in an image that has only what was built. */
  readonly isAlone?: true;
  /** Whether the tool installs packages: the program is in an empty folder then. */
  readonly installs?: true;
  /** What else of its output the tool prints before, above or around us, and what is shipped without being printed here. */
  readonly beside?: RegExp;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether `npm test` runs it. */
  readonly quick?: true;
}

const NEXT: Recipe = {
  ...{ packages: 'next', files: 'next', requests: ['/', '/api/orders'] },
  ...{ stops: true, isAlone: true },
};
const RUNNER = { packages: 'runners' } as const;
const TEST_RUNNER = { packages: 'test-runners' } as const;
/** The folder of the cron for containers. */
const cron = isFullRun() ? await supercronicFolder().catch(sayWhy) : '';
const MANAGER = { packages: 'package-managers' } as const;
/** Yarn and pnpm have settings of their own for what npm's name. */
const YARN = {
  ...{
    YARN_ENABLE_TELEMETRY: '0',
    YARN_ENABLE_IMMUTABLE_INSTALLS: '0',
    YARN_GLOBAL_FOLDER: '.yarn/global',
  },
  YARN_NPM_REGISTRY_SERVER: (await npm(['config', 'get', 'registry'], '.')).trim(),
};
const NOT_OF_SHOP = /^(?!shop opens|out of stock)/;
const TRACER = { packages: 'observability' } as const;
const PM2 = { PM2_HOME: '.pm2' };
const SERVER = { packages: 'applications', stops: true } as const;

const RECIPES: Readonly<Record<string, Recipe>> = {
  // morgan prints at once, pino when its write before is done.
  Express: { ...SERVER, requests: ['/orders/17', '/broken'], quick: true, anyOrder: true },
  Fastify: { ...SERVER, requests: ['/orders/17'] },
  'Next.js': { ...NEXT, beside: /^(▲|- (Local|Network):|✓)/ },
  'Next.js, with NODE_OPTIONS': NEXT,
  NestJS: { ...SERVER, requests: ['/orders'], files: 'nest' },
  pm2: {
    ...RUNNER,
    env: PM2,
    // After a reboot, its daemon is in no program's folder.
    begins: 'export PM2_HOME=$PWD/.pm2; cd / && pm2 ping',
    prints: 'cat .pm2/logs/*',
    ends: 'pm2 kill; rm -r .pm2',
    anyOrder: true,
  },
  nodemon: { ...RUNNER, stops: true },
  tsx: RUNNER,
  'ts-node': RUNNER,
  'Cron, in the program': RUNNER,
  'Cron, in a container': { ...RUNNER, stops: true, needs: cron, beside: /^time=/ },
  Jest: TEST_RUNNER,
  Vitest: TEST_RUNNER,
  'node:test': { ...TEST_RUNNER, beside: /^[▶✔ℹ]/ },
  pnpm: { ...MANAGER, installs: true },
  "Yarn, with Plug'n'Play": { ...MANAGER, installs: true, env: YARN },
  Turborepo: { packages: 'runners', label: /^(.*:)?start: /, beside: NOT_OF_SHOP },
  Nx: { ...MANAGER, label: /^shop: /, beside: NOT_OF_SHOP, env: { NX_DAEMON: 'false' } },
  OpenTelemetry: TRACER,
  // pino's line comes before or behind that of the console, without direct-logging as well.
  'dd-trace': { ...TRACER, anyOrder: true, env: { DD_TRACE_STARTUP_LOGS: 'false' } },
  Sentry: { ...TRACER, sends: 'out of stock' },
};

const PAGES = [
  'web-frameworks',
  'process-managers',
  'test-runners',
  'package-managers',
  'observability',
];
const examples = readExamples(...PAGES.map((page) => `recipes/${page}.md`));

const server = testServer();
let project: ScratchProject | undefined;
/** Takes what tracers and error trackers send, and everything that came. */
let collector: Server;
let collected = '';

beforeAll(async () => {
  collector = createServer(async (request, response) => {
    for await (const part of request) collected += String(part);
    response.setHeader('content-type', 'application/json');
    response.end('{}');
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
});
afterEach(async () => {
  await project?.remove();
  project = undefined;
});
afterAll(async () => {
  collector?.close();
});

it('are all tried', () => {
  expect(examples.map(({ title }) => title).sort()).toEqual(Object.keys(RECIPES).sort());
});

describe('the recipe for', () => {
  for (const example of examples) {
    const recipe = RECIPES[example.title];
    if (recipe === undefined) continue;
    if (!recipe.quick && !isFullRun()) {
      it.skip(`${example.title}: in the matrix`);
      continue;
    }
    if (recipe.needs === '') {
      it.skip(`${example.title}: the tool is not there`);
      continue;
    }
    it(example.title, { timeout: TIMEOUT_MS }, async () => {
      const folder = await follow(example, recipe);
      const bare = await run(folder, example, recipe, {});
      const job = `recipe-${randomUUID()}`;
      const shipped = await run(folder, example, recipe, {
        VICTORIALOGS_URL: server.url,
        VICTORIALOGS_JOB: job,
        LOG_LEVEL: 'TRACE',
      });
      expect(outcomeOf(shipped, recipe)).toEqual(outcomeOf(bare, recipe));
      expect(shipped.timedOut).toBe(false);
      expect(collected).toContain(recipe.sends ?? '');
      const printed = messagesIn(`${shipped.stdout}\n${shipped.stderr}`, recipe);
      const query = `job:="${job}" | sort by (_time)`;
      const rows = await server.queryWhen(query, example.records.length);
      expect(promised(rows, example, recipe)).toEqual(sorted(example.records, recipe));
      for (const { trace_id: id } of rows.filter((row) => row.trace_id)) {
        await until(async () => collected.includes(String(id)));
        expect(collected).toContain(id);
      }
      expect(shippedLines(rows, recipe)).toEqual(printed);
    });
  }
});

function sayWhy({ message }: Error): string {
  sayOnStderr(`The recipe for cron is skipped: ${message}`);
  return '';
}

/** Does what comes before the command, and gives back the folder of the program. */
async function follow(example: Example, recipe: Recipe): Promise<string> {
  project = await scratchProject({ pinned: recipe.packages, copied: true });
  const folder = recipe.installs ? await emptyProject(project) : project.folder;
  for (const [name, text] of Object.entries(example.files)) {
    await writeFile(join(folder, name), text);
  }
  if (recipe.files !== undefined) {
    await cp(join(FIXTURES, recipe.files), folder, { recursive: true });
  }
  const ours = await tarballOf(project, '0');
  for (const preparation of example.commands.slice(0, -1)) {
    // Ours are in no registry.
    const command = preparation.replace(/(?<= add )direct-logging$/, `$&@file:${ours}`);
    // With the user's own settings for registries and certificates.
    const env = { ...recipe.env, PATH: searchPath(folder) };
    await runCommand('sh', ['-ec', command], { cwd: folder, env });
  }
  if (recipe.isAlone) await rm(join(folder, 'node_modules'), { recursive: true });
  return folder;
}

/** A folder in the project that pnpm and Yarn fill, and that takes ours from the tarballs as well where one depends on another. */
async function emptyProject(around: ScratchProject): Promise<string> {
  const folder = join(around.folder, 'shop');
  const names = [
    'auto',
    'core',
    'lambda',
    'pino-transport',
    'register',
    'stdout-hook',
    'winston-transport',
  ];
  const entries = names.map(async (name) => [
    `@direct-logging/${name}`,
    `file:${await tarballOf(around, name)}`,
  ]);
  const ours = Object.fromEntries(await Promise.all(entries));
  await mkdir(folder);
  const manifest = JSON.stringify({ private: true, resolutions: ours });
  await writeFile(join(folder, 'package.json'), manifest);
  await writeFile(join(folder, 'pnpm-workspace.yaml'), JSON.stringify({ overrides: ours }));
  await writeFile(join(folder, 'yarn.lock'), '');
  return folder;
}

/** @param name What follows the scope, or the beginning of the version for the package without one. */
async function tarballOf({ nodeModules }: ScratchProject, name: string): Promise<string> {
  const folder = join(nodeModules, '../tarballs');
  const file = (await readdir(folder)).find((one) => one.startsWith(`direct-logging-${name}`));
  return join(folder, file ?? name);
}

async function run(
  folder: string,
  { commands, records }: Example,
  recipe: Recipe,
  env: Readonly<Record<string, string>>,
): Promise<ProgramRun> {
  const port = String(await freePort());
  if (recipe.begins !== undefined) await shell(folder, recipe.begins, { ...recipe.env, ...env });
  let visit: Promise<void> | undefined;
  const whole = { ...collectorEnv(), ...recipe.env, ...env, PORT: port };
  const ran = await shell(folder, withExec(commands.at(-1) ?? ''), whole, (child, printed) => {
    if (recipe.requests !== undefined) visit = visitAt(port, recipe.requests, child);
    if (!recipe.stops) return;
    visit = (visit ?? Promise.resolve())
      .then(() => until(async () => areIn(await printed(), records)))
      // Express prints an error after it has logged and answered.
      .then(() => sleep(SETTLES_WITHIN_MS))
      .then(() => void child.kill('SIGTERM'));
  });
  await visit;
  if (recipe.prints === undefined) return ran;
  const { prints, ends = '' } = recipe;
  try {
    await until(async () => areIn((await shell(folder, prints, {})).stdout, records));
    return await shell(folder, prints, {});
  } finally {
    await shell(folder, ends, recipe.env ?? {});
  }
}

/** Whether all of these have been printed. */
function areIn(printed: string, records: readonly Readonly<Record<string, string>>[]): boolean {
  const lines = records.flatMap(({ _msg }) => _msg?.split('\n').slice(0, 1) ?? []);
  return lines.every(
    (line) => countOf(printed, line) >= lines.filter((one) => one === line).length,
  );
}

function countOf(text: string, part: string): number {
  return text.split(part).length - 1;
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + RUN_MS; Date.now() < deadline; await sleep(50)) {
    if (await isSo()) return;
  }
}

function shell(
  cwd: string,
  command: string,
  env: Readonly<Record<string, string>>,
  onStart?: ProgramOptions['onStart'],
): Promise<ProgramRun> {
  return runProgram({
    ...{ node: 'sh', args: ['-ec', command], cwd, timeoutMs: RUN_MS, onStart },
    env: {
      ...{ PATH: searchPath(cwd), HOSTNAME: '127.0.0.1', CI: '1', NO_COLOR: '1' },
      ...{ NEXT_TELEMETRY_DISABLED: '1', TURBO_TELEMETRY_DISABLED: '1', NO_UPDATE_NOTIFIER: '1' },
      ...env,
    },
  });
}

function searchPath(folder: string): string {
  const tools = join(project?.folder ?? folder, 'node_modules/.bin');
  return [tools, dirname(process.execPath), cron, process.env.PATH].join(delimiter);
}

/** One request after the other, from when the program listens. */
async function visitAt(port: string, paths: readonly string[], child: ChildProcess): Promise<void> {
  for (const path of paths) {
    await until(async () => {
      const headers = { connection: 'close' };
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers }).catch(() => null);
      await answer?.text();
      return answer !== null || child.exitCode !== null;
    });
  }
}

/** Where tracers and error trackers find what they send to. */
function collectorEnv(): Record<string, string> {
  const address = `127.0.0.1:${(collector.address() as AddressInfo).port}`;
  return {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://${address}`,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    ...{ OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' },
    DD_TRACE_AGENT_URL: `http://${address}`,
    SENTRY_DSN: `http://key@${address}/1`,
  };
}

/** What of the end and of the output is the same each time: times, ports and process ids are not. */
function outcomeOf({ code, signal, stdout, stderr }: ProgramRun, recipe: Recipe): object {
  const linesOf = (text: string) => {
    const lines = text.replaceAll(ESTIMATE, '').replaceAll(VARIES, 'N').split('\n');
    return recipe.anyOrder ? lines.sort() : lines;
  };
  return { code, signal, stdout: linesOf(stdout), stderr: linesOf(stderr) };
}

/** Those records of the page that have arrived, as often as they have. */
function promised(rows: readonly Row[], { records }: Example, recipe: Recipe): object[] {
  const found = rows.map((row) => records.find((record) => isAsIn(row, record)));
  return sorted(
    found.filter((record) => record !== undefined),
    recipe,
  );
}

/** Ids differ each time. */
function isAsIn(row: Row, record: Readonly<Record<string, string>>): boolean {
  return Object.entries(record).every(([name, value]) =>
    /(trace|span)_id$/.test(name) ? row[name]?.length === value.length : row[name] === value,
  );
}

function sorted<T extends object>(records: readonly T[], { anyOrder }: Recipe): T[] {
  return anyOrder
    ? records.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
    : [...records];
}

/** The lines that were printed, by their messages; sorted. */
function messagesIn(output: string, recipe: Recipe): string[] {
  return ours(
    output
      .split('\n')
      .map((line) => messageOf(stripVTControlCharacters(line).replace(recipe.label ?? '', ''))),
    recipe,
  );
}

function messageOf(line: string): string {
  if (!line.startsWith('{')) return line;
  try {
    const { msg, message } = JSON.parse(line);
    return String(msg ?? message ?? line);
  } catch {
    return line;
  }
}

function shippedLines(rows: readonly Row[], recipe: Recipe): string[] {
  return ours(
    rows.flatMap(({ _msg = '' }) => _msg.split('\n')),
    recipe,
  );
}

function ours(lines: readonly string[], { beside }: Recipe): string[] {
  return lines.filter((line) => line.trim() !== '' && !beside?.test(line)).sort();
}
