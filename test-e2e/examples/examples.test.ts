/** Every example of the documentation, run as it stands there: it prints and ships what the page shows. */
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { isFullRun } from '../environment/extent.ts';
import { testProject, testServer } from '../environment/for-tests.ts';
import { findNodes, testedMajors } from '../environment/nodes.ts';
import { runProgram } from '../environment/run-program.ts';
import { LOGGERS } from '../environment/scratch-project.ts';
import {
  at,
  type Example,
  inCommonJs,
  type ModuleKind,
  readCalls,
  readExamples,
  readLonePrograms,
  withExec,
} from './read-examples.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const COMPILER_OPTIONS = {
  ...{ module: 'nodenext', target: 'es2023', types: ['node'] },
  ...{ strict: true, noEmit: true },
};

/** Where types were `any` nothing would be wrong here, and that would be an error. */
const WRONG_OPTIONS = [
  'wrong-options.mjs',
  `
import { createTransport } from '@direct-logging/core';
import { pinoDestination } from '@direct-logging/pino-transport';
import { VictoriaLogsTransport } from '@direct-logging/winston-transport';

// @ts-expect-error The level has no such name.
createTransport({ level: 'LOUD' });
// @ts-expect-error There is no such option.
pinoDestination({ adress: 'http://victorialogs:9428' });
// @ts-expect-error It is a number.
new VictoriaLogsTransport({ level: 'http', maxQueueBytes: '1 MiB' });
`,
] as const;

/** What a user of the example does while it runs. */
const VISITS: Readonly<Record<string, (job: string, child: ChildProcess) => Promise<void>>> = {
  'A graceful shutdown': async (job, child) => {
    const [listening] = await server.queryWhen(`job:="${job}" _msg:="listening"`, 1);
    await fetch(`http://127.0.0.1:${listening?.port}/orders`, { headers: { connection: 'close' } });
    child.kill('SIGTERM');
  },
};

const KINDS: readonly ModuleKind[] = ['ES modules', 'CommonJS'];
const nodes = await findNodes(testedMajors());
const examples = readExamples(
  'getting-started.md',
  'configure.md',
  'examples.md',
  'coming-from.md',
  'record.md',
);

const server = testServer();
const project = testProject({ dependencies: LOGGERS });

describe.each(nodes)('on Node $major', ({ node }) => {
  if (node === undefined) return it.skip('is not there');

  describe.each(KINDS)('as %s', (kind) => {
    it.each(triedAs(kind))('$title', async (example) => {
      const { job, run } = await runExample(example, kind, node);
      expect(run).toMatchObject({ code: 0, signal: null });
      if (example.printed !== undefined) expect(run.stdout).toBe(example.printed);
      const rows = await server.queryWhen(
        `job:="${job}" | sort by (_time)`,
        example.records.length,
      );
      expect(rows).toMatchObject(example.records);
    });
  });
});

it.each(readLonePrograms())('runs a program of $page', async ({ text }) => {
  const name = `${randomUUID()}.mjs`;
  const job = `example-${randomUUID()}`;
  await writeFile(
    join(project.folder, name),
    text.replaceAll('http://victorialogs:9428', server.url),
  );
  const env = { VICTORIALOGS_URL: server.url, VICTORIALOGS_JOB: job };
  const run = await runProgram({ args: [name], cwd: project.folder, env });
  expect(run).toMatchObject({ code: 0, signal: null });
  expect(run.stderr.replace('stock is low\n', '')).toBe('');
  const logs = text.match(/(?:logger|transport)\.(?:info|write)\(/g)?.length ?? 0;
  expect(await server.queryWhen(`job:="${job}"`, logs)).toHaveLength(logs);
});

describe('with a server of its own, on which nothing is missing', () => {
  const own = testServer({ own: true });

  beforeAll(async () => {
    const args = ['--import', 'direct-logging', '-e', "console.log('a line')"];
    await runProgram({ args, cwd: project.folder, env: { VICTORIALOGS_URL: own.url } });
    await own.forceFlush();
  });

  it.each(readCalls())('makes the call: %s', async (call) => {
    // What would go on for ever shows what is there.
    const args = ['-c', `exec node_modules/.bin/${call.replace(' -f', '')}`];
    const env = { VICTORIALOGS_URL: own.url };
    const run = await runProgram({ node: 'sh', args, cwd: project.folder, env });
    // Nothing was dropped.
    const isAboutDrops = call.includes('shipper.dropped');
    expect(run.stderr).toMatch(isAboutDrops ? /^direct-logging: no record .*\n$/ : /^$/);
    expect(run.code).toBe(0);
  });
});

it('has types that fit the examples, as ES modules and as CommonJS', async () => {
  const programs = [...examples.flatMap(({ files }) => Object.entries(files)), WRONG_OPTIONS];
  for (const [name, text] of programs) {
    for (const extension of ['.mts', '.cts']) {
      await writeFile(join(project.folder, name.replace('.mjs', extension)), `${text}export {};\n`);
    }
  }
  const compilerOptions = { ...COMPILER_OPTIONS, typeRoots: [`${ROOT}node_modules/@types`] };
  const tsconfig = { compilerOptions, include: ['*.mts', '*.cts'] };
  await writeFile(join(project.folder, 'tsconfig.json'), JSON.stringify(tsconfig));
  const args = [`${ROOT}node_modules/typescript/bin/tsc`, '--project', project.folder];
  const run = await runProgram({ args });
  expect(run).toMatchObject({ stdout: '', code: 0 });
});

it('names the versions that the benchmark compares with', async () => {
  const page = await readFile(new URL('../../docs/coming-from.md', import.meta.url), 'utf8');
  const manifest = new URL('../../bench/peers/package.json', import.meta.url);
  const { dependencies } = JSON.parse(await readFile(manifest, 'utf8'));
  for (const [, heading = ''] of page.matchAll(/^## (.+)$/gm)) {
    const words = heading.split(/[ ,]+/);
    const named = words.filter((word) => word in dependencies);
    expect(named, heading).not.toEqual([]);
    for (const name of named) expect(words, heading).toContain(dependencies[name]);
  }
});

it('has examples to run', () => {
  expect(examples.length).toBeGreaterThan(15);
});

/** As ES modules all, as they stand there; as CommonJS some, or all in the matrix. */
function triedAs(kind: ModuleKind): readonly Example[] {
  return examples.filter((_, at) => kind === 'ES modules' || isFullRun() || at % 3 === 0);
}

async function runExample(example: Example, kind: ModuleKind, node: string) {
  const { files, command, env, title } = at(
    kind === 'CommonJS' ? inCommonJs(example) : example,
    server.url,
    project.folder,
  );
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(project.folder, name), text);
  }
  const job = `example-${randomUUID()}`;
  let visit: Promise<void> | undefined;
  const run = await runProgram({
    node: 'sh',
    args: ['-c', withExec(command)],
    cwd: project.folder,
    env: {
      ...env,
      PATH: `${dirname(node)}${delimiter}${process.env.PATH}`,
      PORT: '0',
      VICTORIALOGS_JOB: job,
    },
    onStart: (child) => {
      visit = VISITS[title]?.(job, child);
    },
  });
  await visit;
  return { job, run };
}
