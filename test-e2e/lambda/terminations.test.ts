/** Every way in which a function ends under the real runtime client: as it ends without direct-logging, and nothing is lost. */
import { access, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { emulatorFor, startEmulator } from '../environment/emulator.ts';
import { isFullRun } from '../environment/extent.ts';
import { forTests } from '../environment/for-tests.ts';
import { outcomeOf, type ProgramRun } from '../environment/run-program.ts';
import { succeeds } from '../environment/succeeds.ts';
import { startFaultProxy } from '../outages/fault-proxy.ts';
import { type LaunchOptions, startFunctions, uniqueName } from './functions.ts';

const FIXTURES = fileURLToPath(new URL('./fixtures/', import.meta.url));
const REQUEST_ID = '8476a536-e9f4-11e8-9739-2dfe598c3fcd';
const EXTENSION = { VICTORIALOGS_LAMBDA_EXTENSION: '1' };

const functions = forTests(() =>
  startFunctions({
    files: {
      'terminations.mjs': `${FIXTURES}terminations.mjs`,
      'broken.mjs': `${FIXTURES}broken.mjs`,
    },
  }),
);

beforeAll(async () => {
  const { folder } = functions.project;
  await writeFile(join(folder, 'misspelt.mjs'), 'export const handler = () => {;\n');
});

interface Termination {
  readonly title: string;
  readonly handler: string;
  /** What the caller gets. */
  readonly answer: 'error' | 'init error' | 'exit';
  /** Of the process. */
  readonly code: number;
  /** `LEVEL beginning of the message` of what follows the function's own lines. */
  readonly tells: readonly string[];
}

/** An invocation that fails does not end the process: it is ended when it asks for the next one. */
const TERMINATIONS: readonly Termination[] = [
  ...[
    ['an error while it is loaded', 'broken.handler', 'Error: No settings'],
    ['a file that is not there', 'missing.handler', 'ImportModuleError'],
    ['a file with a mistake in its syntax', 'misspelt.handler', 'SyntaxError'],
    ['a handler that is not there', 'terminations.absent', 'Runtime.HandlerNotFound'],
    [
      'a kind of handler that there is no more',
      'terminations.callsBack',
      'Runtime.CallbackHandler',
    ],
  ].map(([title = '', handler = '', error]) => ({
    ...{ title, handler, answer: 'init error' as const, code: 1 },
    tells: ['ERROR Init Error', `FATAL ${error}`],
  })),
  ...[
    ['an error at once', 'terminations.throwsAtOnce'],
    ['an error later', 'terminations.rejects'],
  ].map(([title = '', handler = '']) => ({
    ...{ title, handler, answer: 'error' as const, code: 0 },
    tells: ['ERROR Invoke Error'],
  })),
  ...(
    [
      [
        'an exception that nobody catches',
        'terminations.isUncaught',
        1,
        ['FATAL RangeError: uncaught'],
      ],
      [
        'a rejection nobody handles',
        'terminations.isUnhandled',
        1,
        ['FATAL RangeError: unhandled'],
      ],
      ['process.exit()', 'terminations.exits', 3, []],
      ['nothing left to wait for', 'terminations.neverSettles', 0, []],
    ] as const
  ).map(([title, handler, code, tells]) => ({
    ...{ title, handler, answer: 'exit' as const, code, tells },
  })),
];

const LINES = Array.from({ length: 20 }, (_, index) => `INFO line ${index + 1}`);

describe.concurrent('a function that ends with', () => {
  it.for(TERMINATIONS)('$title', async (termination, { expect }) => {
    const [bare, shipped] = [await run(termination, { nodeOptions: '' }), await run(termination)];
    expect(shipped.seen).toEqual(bare.seen);
    expect(shipped.seen.answer.kind).toBe(termination.answer);
    if (termination.answer !== 'error')
      expect(shipped.seen).toMatchObject({ code: termination.code });
    const own = termination.handler.startsWith('terminations.') ? ['INFO loaded'] : [];
    if (termination.handler === 'broken.handler') own.push('WARN the settings are not there');
    if (termination.answer !== 'init error') own.push(...LINES);
    const rows = await shipped.rows(own.length + termination.tells.length);
    expect(rows.map(({ level, _msg }) => `${level} ${_msg}`)).toEqual([
      ...own,
      ...termination.tells.map((beginning) => expect.stringContaining(beginning)),
    ]);
    const invoked = rows.filter((row) => row.aws_request_id === REQUEST_ID);
    expect(invoked.length).toBe(termination.answer === 'init error' ? 0 : rows.length - 1);
  });
});

describe.concurrent('a function that the platform ends, right after its last line,', () => {
  it.for([
    ['because its time is up', 'terminations.hangs'],
    ['because its time is up and its event loop is blocked', 'terminations.blocks'],
  ])('%s', async ([, handler = ''], { expect }) => {
    const lambda = await functions.launch({ handler });
    const printed = join(functions.project.folder, `printed-${lambda.name}`);
    const answer = lambda.invoke({ printed });
    await untilThere(printed);
    lambda.running.signal('SIGKILL');
    expect(await answer).toMatchObject({ kind: 'exit' });
    const rows = await lambda.rows(1 + LINES.length);
    expect(rows.map(({ level, _msg }) => `${level} ${_msg}`)).toEqual(['INFO loaded', ...LINES]);
  });
});

describe.concurrent('the internal extension', () => {
  it('is registered before the first invocation is asked for', async ({ expect }) => {
    const lambda = await functions.launch({ handler: 'terminations.isDone', env: EXTENSION });
    expect(await lambda.invoke({})).toMatchObject({ kind: 'response' });
    await lambda.api.untilIdle();
    const kinds = lambda.api.arrivals.map(({ kind }) => kind);
    expect(kinds[0]).toBe('extension register');
    expect(kinds.filter((kind) => kind !== 'extension next')).toEqual([
      ...['extension register', 'next', 'response', 'next'],
    ]);
    // The signal ends it as it would without direct-logging.
    lambda.running.signal('SIGTERM');
    expect(await lambda.running.ended).toMatchObject({ signal: 'SIGTERM', stderr: '' });
  });

  it('is registered only by the process that asks for invocations', async ({ expect }) => {
    // The stand-in of a wrapper script: Node, with the same environment, before the runtime.
    const wrapper = join(functions.project.folder, 'wrapper.cjs');
    const script =
      'require("node:child_process").execFileSync(process.execPath, ["-e", "console.log(1)"])';
    await writeFile(wrapper, `if (process.argv[1]?.includes('ric')) ${script};\n`);
    const lambda = await functions.launch({
      handler: 'terminations.isDone',
      env: EXTENSION,
      nodeOptions: `--require ${wrapper} --import @direct-logging/auto`,
    });
    expect(await lambda.invoke({})).toMatchObject({ kind: 'response' });
    const kinds = lambda.api.arrivals.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'extension register')).toHaveLength(1);
  });

  it('leaves the end to the listener of the application', async ({ expect }) => {
    const lambda = await functions.launch({ handler: 'terminations.saysGoodbye', env: EXTENSION });
    await lambda.invoke({});
    await lambda.api.untilIdle();
    lambda.running.signal('SIGTERM');
    expect((await lambda.rows(2 + LINES.length)).at(-1)).toMatchObject({ _msg: 'goodbye' });
    // It goes on: an invocation is answered as before.
    expect(await lambda.invoke({})).toMatchObject({ kind: 'response' });
  });

  it('does no harm where extensions are refused', async ({ expect }) => {
    const lambda = await functions.launch({
      handler: 'terminations.isDone',
      env: EXTENSION,
      refusesExtensions: true,
    });
    expect(await lambda.invoke({})).toMatchObject({ kind: 'response', body: '"done"' });
    const { stdout, stderr } = await lambda.running.stop();
    // Node's own printing of warnings may be behind the runtime client's console already.
    expect(stdout + stderr).toContain('DL_INTEGRATION_FAILED');
  });
});

it('a function that exits while VictoriaLogs hangs has ended in time, and leaves nothing behind', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'direct-logging-hangs-'));
  const proxy = await startFaultProxy(functions.server.url);
  try {
    await proxy.misbehave({ kind: 'hang' });
    // The platform starts a new process in the same environment after each.
    for (let n = 1; n <= 2; n++) {
      const lambda = await functions.launch({
        handler: 'terminations.exits',
        env: { VICTORIALOGS_URL: proxy.url, TMPDIR: folder },
      });
      expect(await lambda.invoke({}, { timeoutMs: 1500 })).toMatchObject({ kind: 'exit' });
      expect((await lambda.running.ended).code).toBe(3);
    }
    expect(await readdir(folder)).toEqual([]);
  } finally {
    await proxy.stop();
    await rm(folder, { recursive: true });
  }
});

const whole = isFullRun();
const emulator = whole ? await emulatorFor('the end') : undefined;

if (emulator !== undefined) {
  const TIME_LIMIT = { AWS_LAMBDA_FUNCTION_TIMEOUT: '4' };
  const emulate = async (name: string, handler: string, env: Readonly<Record<string, string>>) =>
    startEmulator(emulator, functions.processOf({ name, handler, env }));

  describe('under the emulator', () => {
    it('the internal extension makes the end known to the function', async () => {
      const name = uniqueName();
      const running = await emulate(name, 'terminations.saysGoodbye', EXTENSION);
      try {
        await running.invoke({});
        await running.terminate();
        const rows = await functions.rowsOf(name, 2 + LINES.length);
        expect(rows.at(-1)).toMatchObject({ _msg: 'goodbye' });
      } finally {
        await running.stop();
      }
    });

    it.each([
      ['whose time is up', 'terminations.hangs'],
      ['whose time is up while its event loop is blocked', 'terminations.blocks'],
    ])('a function %s has every line stored', async (_, handler) => {
      const name = uniqueName();
      const running = await emulate(name, handler, TIME_LIMIT);
      try {
        expect((await running.invoke({})).body).toContain('Task timed out');
        // It is started anew.
        const rows = (await functions.rowsOf(name, 1 + LINES.length)).slice(0, 1 + LINES.length);
        expect(rows.map(({ level, _msg }) => `${level} ${_msg}`)).toEqual([
          'INFO loaded',
          ...LINES,
        ]);
      } finally {
        await running.stop();
      }
    });

    it('no error becomes a timeout when VictoriaLogs hangs', async () => {
      const proxy = await startFaultProxy(functions.server.url);
      await proxy.misbehave({ kind: 'hang' });
      const running = await emulate(uniqueName(), 'terminations.exits', {
        AWS_LAMBDA_FUNCTION_TIMEOUT: '2',
        VICTORIALOGS_URL: proxy.url,
        TMPDIR: functions.project.folder,
      });
      try {
        for (let n = 1; n <= 3; n++) {
          expect((await running.invoke({})).body).toContain('Runtime.ExitError');
        }
      } finally {
        await running.stop();
        await proxy.stop();
      }
    });

    it('no success becomes a timeout when VictoriaLogs hangs', async () => {
      const proxy = await startFaultProxy(functions.server.url);
      const running = await emulate(uniqueName(), 'terminations.isDone', {
        ...TIME_LIMIT,
        VICTORIALOGS_URL: proxy.url,
        VICTORIALOGS_FLUSH_TIMEOUT_MS: '600000',
      });
      try {
        expect((await running.invoke({})).body).toBe('"done"');
        await proxy.misbehave({ kind: 'hang' });
        for (let n = 1; n <= 3; n++) expect((await running.invoke({})).body).toBe('"done"');
      } finally {
        await running.stop();
        await proxy.stop();
      }
    });
  });
}

/** What anybody can see of it, and its records. */
async function run({ handler, answer }: Termination, options: Partial<LaunchOptions> = {}) {
  const lambda = await functions.launch({ handler, ...options });
  const given = await lambda.invoke({}, { requestId: REQUEST_ID });
  if (answer === 'error') {
    await lambda.api.untilIdle();
    await lambda.running.stop();
  }
  return { seen: { answer: given, ...steady(await lambda.running.ended) }, rows: lambda.rows };
}

function steady(run: ProgramRun) {
  const stdout = run.stdout.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME');
  return { ...outcomeOf(run), stdout };
}

async function untilThere(path: string): Promise<void> {
  while (!(await succeeds(access(path)))) await sleep(10);
}
