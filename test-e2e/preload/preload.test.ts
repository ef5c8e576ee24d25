/** An unchanged program with the preload: what it prints stays, and VictoriaLogs has every record of it. */
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { pairsOf } from '../environment/extent.ts';
import { testProject, testServer } from '../environment/for-tests.ts';
import { leastTime } from '../environment/least-time.ts';
import { FLAGS, findNodes, NODE_MAJORS, testedMajors } from '../environment/nodes.ts';
import { outcomeOf, type ProgramRun, runProgram } from '../environment/run-program.ts';
import type { Row } from '../environment/victorialogs-queries.ts';

/** What the preload may load of Node before the program begins; docs/lambda.md tells it. */
const LOADED = new Set([
  'diagnostics_channel',
  'dns',
  'module',
  'net',
  'os',
  'stream',
  'stream/promises',
  'string_decoder',
  'worker_threads',
]);
const PROGRAMS = ['console.mjs', 'ends-with-seven.mjs', 'loaded-at-start.mjs'];
const OUTPUTS = ['files', 'pipes'] as const;

const nodes = await findNodes(NODE_MAJORS);

const server = testServer();
const project = testProject({
  files: Object.fromEntries(
    PROGRAMS.map((name) => [name, fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))]),
  ),
});

describe.each(nodes)('on Node $major', ({ node }) => {
  if (node === undefined) return it.skip('is not there');

  describe.each(FLAGS)('with %s', (flag) => {
    it.each(OUTPUTS)(
      'prints into %s what it prints without direct-logging, and ships it all',
      async (output) => {
        const name = `preload-${randomUUID()}`;
        const run = (preload: readonly string[], env: Record<string, string>) =>
          runProgram({
            node,
            cwd: project.folder,
            args: [...preload, 'console.mjs'],
            env,
            output,
          });
        const bare = await run([], {});
        const env = { LOG_LEVEL: 'DEBUG', VICTORIALOGS_CONTAINER_NAME: name };
        const startedAt = Date.now();
        const shipped = await run([flag, 'direct-logging'], {
          ...env,
          VICTORIALOGS_URL: server.url,
        });

        expect(outcomeOf(shipped)).toEqual(outcomeOf(bare));
        expect(bare).toMatchObject({ code: 0, signal: null });
        const rows = await server.queryWhen(
          `container_name:="${name}" | sort by (_time)`,
          expectedRecords(bare).length,
        );
        expect(rows.map(withoutIds)).toEqual(
          expectedRecords(bare).map((record) => ({ container_name: name, job: 'node', ...record })),
        );
        expectInOrder(rows, startedAt);
      },
    );
  });

  it('loads few modules of Node and starts no thread before the first line of the program', async () => {
    for (const flag of FLAGS) {
      const run = async (preload: readonly string[]) => {
        const env = { VICTORIALOGS_URL: server.url, LOG_LEVEL: 'OFF' };
        const args = [...preload, 'loaded-at-start.mjs'];
        const { stdout } = await runProgram({ node, cwd: project.folder, args, env });
        return JSON.parse(stdout) as { modules: string[]; threads: number };
      };
      const bare = await run([]);
      const loaded = await run([flag, 'direct-logging']);
      const added = loaded.modules.filter((module) => !bare.modules.includes(module));
      // An ESM face of node:fs would load fs/promises and readline, one of node:http Node's undici, and so on.
      const names = added.map((name) => /^NativeModule (?!internal\/)(.+)$/.exec(name)?.[1]);
      expect(names.filter((name) => name !== undefined && !LOADED.has(name))).toEqual([]);
      expect(added.filter((name) => /undici|http|readline/.test(name))).toEqual([]);
      expect(loaded.threads).toBe(bare.threads);
    }
  });
});

const latest = nodes.find(({ major }) => major === 26)?.node;

it.skipIf(latest === undefined).each(FLAGS)(
  'a Web Worker of Node 26 gets its first message, with %s',
  async (flag) => {
    const worker = "onmessage = ({ data }) => { console.log('got', data); close(); };";
    await writeFile(join(project.folder, 'web-worker.mjs'), worker);
    const program = "new Worker('./web-worker.mjs', { type: 'module' }).postMessage('it')";
    const args = [flag, 'direct-logging', '--experimental-web-worker', '-e', program];
    const env = { VICTORIALOGS_URL: server.url };
    const run = { node: latest, cwd: project.folder, args, env };
    expect(await runProgram(run)).toMatchObject({ stdout: 'got it\n' });
  },
);

describe('by default', () => {
  it('ships from INFO up, under the name of the host', async () => {
    const job = `preload-${randomUUID()}`;
    const env = { VICTORIALOGS_URL: server.url, VICTORIALOGS_JOB: job };
    await runProgram({ cwd: project.folder, args: preloaded('console.mjs'), env });
    const rows = await server.queryWhen(`job:="${job}" | sort by (_time)`, 9);
    expect(rows.map((row) => row.level)).not.toContain('DEBUG');
    expect(rows).toHaveLength(9);
    expect(new Set(rows.map((row) => row.container_name))).toEqual(new Set([hostname()]));
  });

  it('installs itself once under both of its names', async () => {
    const job = `preload-${randomUUID()}`;
    const env = { VICTORIALOGS_URL: server.url, VICTORIALOGS_JOB: job };
    const file = 'node_modules/direct-logging/dist/import.js';
    const path = join(project.folder, file);
    const url = pathToFileURL(path).href;
    const names = ['direct-logging', '@direct-logging/auto', `./${file}`, path, url];
    const flags = [...names.flatMap((name) => ['--import', name]), '--require', names[1] as string];
    const program = `
      const all = await Promise.all([import('direct-logging'), import('@direct-logging/auto')]);
      const [first, second] = all.map(({ registration }) => registration);
      const preloads = process.execArgv.filter((word) => /^\\S+(index.cjs|import.js|direct-logging)$/.test(word));
      console.log(first !== undefined && first === second, new Set(preloads).size);`;
    const args = [...flags, '--input-type=module', '--eval', program];
    const { stdout, stderr } = await runProgram({ cwd: project.folder, args, env });
    // All names are replaced by the two absolute names of the preload.
    expect([stdout, stderr]).toEqual(['true 2\n', '']);
    const rows = await server.queryWhen(`job:="${job}"`, 1);
    expect(rows.map(({ _msg }) => _msg)).toEqual(['true 2']);
  });

  it('does nothing without VICTORIALOGS_URL', async () => {
    const run = async (preload: readonly string[]) => {
      const args = [...preload, 'loaded-at-start.mjs'];
      const { stdout, stderr } = await runProgram({ cwd: project.folder, args });
      return { stderr, ...(JSON.parse(stdout) as { modules: string[]; threads: number }) };
    };
    const bare = await run([]);
    const loaded = await run(['--import', 'direct-logging']);
    expect(loaded.stderr).toBe('');
    expect(loaded.threads).toBe(bare.threads);
    expect(loaded.modules).not.toContain('NativeModule net');
  });
});

interface BadInput {
  readonly what: string;
  readonly env: (url: string) => Record<string, string>;
  /** What the warning has to name. */
  readonly says: readonly RegExp[];
}

const NOBODY_LISTENS = '127.0.0.1:1';
const BAD_INPUT: readonly BadInput[] = [
  {
    what: 'an empty address',
    env: () => ({ VICTORIALOGS_URL: '' }),
    says: [/VICTORIALOGS_URL.*empty/],
  },
  {
    what: 'an address that is no URL',
    env: () => ({ VICTORIALOGS_URL: 'user:s3cret@victorialogs' }),
    says: [/VICTORIALOGS_URL/],
  },
  {
    what: 'an address of another protocol',
    env: () => ({ VICTORIALOGS_URL: 'ftp://user:s3cret@127.0.0.1/' }),
    says: [/VICTORIALOGS_URL.*does not begin with http/],
  },
  {
    what: 'an address with credentials where nobody listens',
    env: () => ({ VICTORIALOGS_URL: `http://user:s3cret@${NOBODY_LISTENS}` }),
    says: [/http:\/\/127\.0\.0\.1:1\b.*ECONNREFUSED/],
  },
  {
    what: 'an address with a path that the server does not have',
    env: (url) => ({ VICTORIALOGS_URL: `${url}/no/such/path` }),
    says: [/no\/such\/path.* refuses .*400/, /1 log records were not delivered/],
  },
  {
    what: 'a host that does not exist',
    env: () => ({ VICTORIALOGS_URL: 'http://victorialogs.invalid:9428' }),
    says: [/victorialogs\.invalid/],
  },
  {
    what: 'a level that does not exist',
    env: (url) => ({ VICTORIALOGS_URL: url, LOG_LEVEL: 'LOUD' }),
    says: [/LOG_LEVEL.*"LOUD"/],
  },
];

describe.each(nodes.filter(({ major }) => testedMajors().includes(major)))(
  'with bad input, on Node $major',
  ({ node }) => {
    it.each(pairsOf(BAD_INPUT, FLAGS).map(([input, flag]) => ({ ...input, flag })))(
      '$what, with $flag: the program runs as without it, and is warned',
      async ({ flag, ...input }) => {
        const runOnce = async (): Promise<number> => {
          const run = await runProgram({
            node,
            cwd: project.folder,
            args: [flag, 'direct-logging', 'ends-with-seven.mjs'],
            env: input.env(server.url),
          });
          expect(run).toMatchObject({ code: 7, signal: null, stdout: 'about to end\n' });
          const warnings = run.stderr
            .split('\n')
            .filter((line) => line.includes('DirectLoggingWarning'));
          expect(warnings).toEqual(input.says.map((said) => expect.stringMatching(said)));
          expect(run.stderr).not.toContain('s3cret');
          // Besides the warnings there is only Node's own hint at them.
          expect(run.stderr.trim().split('\n').length).toBeLessThanOrEqual(input.says.length + 1);
          return run.durationMs;
        };
        expect(await leastTime(5_000, runOnce)).toBeLessThan(5_000);
      },
    );
  },
);

describe('an address with credentials and a path', () => {
  const guarded = testServer({
    args: ['-http.pathPrefix=/logs', '-httpAuth.username=shipper', '-httpAuth.password=s3cret'],
  });
  const authorization = { authorization: `Basic ${btoa('shipper:s3cret')}` };

  const shipTo = (credentials: string) => {
    const url = guarded.url.replace('://', `://${credentials}@`);
    const env = { VICTORIALOGS_URL: `${url}/`, VICTORIALOGS_JOB: credentials };
    return runProgram({ cwd: project.folder, args: preloaded('ends-with-seven.mjs'), env });
  };
  const countOf = async (job: string) => {
    const ask = (path: string) =>
      fetch(`${guarded.url}/${path}`, { method: 'POST', headers: authorization });
    await ask('internal/force_flush');
    const query = encodeURIComponent(`job:="${job}" | stats count() as rows`);
    return (await ask(`select/logsql/query?query=${query}`)).json();
  };

  it('is used as it is, and nothing is printed', async () => {
    const run = await shipTo('shipper:s3cret');
    expect(run).toMatchObject({ code: 7, stdout: 'about to end\n', stderr: '' });
    await expect.poll(() => countOf('shipper:s3cret')).toEqual({ rows: '1' });
  });

  it('is reported without the password when the server refuses it', async () => {
    const run = await shipTo('shipper:wr0ng');
    expect(run).toMatchObject({ code: 7, stdout: 'about to end\n' });
    expect(run.stderr).toMatch(/DirectLoggingWarning.*401/);
    // Of the refusal, and of what is lost by it.
    expect(run.stderr.match(/DirectLoggingWarning/g)).toHaveLength(2);
    expect(run.stderr).not.toContain('wr0ng');
  });
});

function preloaded(program: string): string[] {
  return ['--import', 'direct-logging', program];
}

/** The records of console.mjs. The stack is Node's own: what the run without direct-logging printed. */
function expectedRecords(bare: ProgramRun): Row[] {
  const stack = bare.stderr.slice('disk nearly full\n'.length, -1);
  const console = { logger: 'console', stream: 'stdout', level: 'INFO' };
  return [
    { ...console, _msg: 'plain text' },
    { ...console, _msg: 'order A-17 has 3 lines' },
    { ...console, stream: 'stderr', level: 'WARN', _msg: 'disk nearly full' },
    {
      ...console,
      stream: 'stderr',
      level: 'ERROR',
      _msg: stack,
      'error.type': 'Error',
      'error.message': 'card declined',
      'error.stack': stack,
    },
    { ...console, level: 'DEBUG', _msg: 'cache miss' },
    { ...console, _msg: "the basket: { id: 7, tags: [ 'new', 'paid' ] }" },
    { ...console, level: 'WARN', _msg: 'paid', amount: '9007199254740993', trace_id: 't-1' },
    { ...console, logger: 'stdout', _msg: 'first half, second half' },
    { ...console, _msg: 'two\nlines' },
    { ...console, _msg: 'zażółć gęślą jaźń, 漢字, 🐢' },
  ];
}

/** A row without what differs from run to run, and without what the server adds. */
function withoutIds(row: Row): Row {
  const { _time, _stream, _stream_id, 'shipper.id': id, 'shipper.seq': seq, ...record } = row;
  return record;
}

function expectInOrder(rows: readonly Row[], startedAt: number): void {
  expect(rows.map((row) => row['shipper.seq'])).toEqual(rows.map((_, index) => String(index + 1)));
  expect(new Set(rows.map((row) => row['shipper.id'])).size).toBe(1);
  const times = rows.map((row) => nanosecondsOf(row._time ?? ''));
  for (const [index, time] of times.entries()) {
    if (index > 0) expect(time).toBeGreaterThan(times[index - 1] ?? time);
    expect(time).toBeGreaterThanOrEqual(BigInt(startedAt) * 1_000_000n);
    expect(time).toBeLessThanOrEqual(BigInt(Date.now() + 1) * 1_000_000n);
  }
}

function nanosecondsOf(time: string): bigint {
  const [, seconds, fraction = ''] = /^(.+T\d\d:\d\d:\d\d)(?:\.(\d+))?Z$/.exec(time) ?? [];
  return BigInt(Date.parse(`${seconds}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}
