import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { SHARE_ENV, Worker, type WorkerOptions } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { linesOfThreads, startThread, startWith, withPreload } from '../src/thread-options.ts';

const PRELOAD = {
  specifiers: ['direct-logging'],
  importUrl: 'file:///preload.mjs',
  // A file that is there.
  requirePath: fileURLToPath(import.meta.url),
};

describe('the options of a thread', () => {
  it('are the same where the preload and the settings arrive anyway', () => {
    const given = { execArgv: ['--import', PRELOAD.importUrl] };
    expect(withPreload(given, PRELOAD)).toBe(given);
  });

  it.each([{}, { eval: true }])(
    'name the preload in a way that changes no other module: %o',
    (given) => {
      const { execArgv } = withPreload({ execArgv: [], ...given }, PRELOAD);
      expect(execArgv).toEqual(['--require', PRELOAD.requirePath]);
    },
  );

  it('name it for a text though a file would have it', () => {
    const execArgv = ['--import', PRELOAD.importUrl];
    expect(withPreload({ execArgv, eval: true }, PRELOAD).execArgv).toEqual([
      ...execArgv,
      ...['--require', PRELOAD.requirePath],
    ]);
  });

  it.each([[['']], [['--', 'x']], [['--no-warnings', '']]])(
    'name it before %j, behind which Node reads no flag',
    (execArgv) => {
      const named = withPreload({ execArgv }, PRELOAD).execArgv ?? [];
      const end = execArgv.findIndex((flag) => flag === '' || flag === '--');
      const ours = ['--require', PRELOAD.requirePath];
      expect(named).toEqual([...execArgv.slice(0, end), ...ours, ...execArgv.slice(end)]);
    },
  );

  it('are the same where the file of the preload has gone', () => {
    const given = { execArgv: [], env: {} };
    expect(withPreload(given, { ...PRELOAD, requirePath: '/gone.cjs' })).toBe(given);
  });

  it('do not count what an environment inherits, since Node does not copy it', () => {
    const NODE_OPTIONS = `--require ${PRELOAD.requirePath}`;
    const env = Object.create({ VICTORIALOGS_URL: 'http://127.0.0.1:9', NODE_OPTIONS });
    const { env: added, execArgv } = withPreload({ env, execArgv: [] }, PRELOAD);
    expect(added).toEqual({ DIRECT_LOGGING_THREAD: '1' });
    expect(execArgv).toEqual(['--require', PRELOAD.requirePath]);
  });
});

describe('a thread that Node refuses', () => {
  const start = (options: WorkerOptions): Worker => new Worker('', { ...options, eval: true });
  const options = { execArgv: ['--max-old-space-size=300', '--title=a', '--no-warnings'] };

  it('starts without the flags of the process that it cannot be given', async () => {
    const tried: WorkerOptions[] = [];
    const worker = startWith(options, {}, (one) => {
      tried.push(one);
      return start(one);
    }) as Worker;
    expect(await once(worker, 'exit')).toEqual([0]);
    expect(tried).toEqual([options, { execArgv: ['--no-warnings'] }]);
  });

  it('stays refused if the program itself gave the flags', () => {
    const { execArgv } = options;
    expect(() => startWith(options, { execArgv }, start)).toThrow('--title=a');
  });

  it('stays refused for any other reason', () => {
    const refuse = () => {
      throw new TypeError('wrong');
    };
    expect(() => startWith(options, {}, refuse)).toThrow('wrong');
  });
});

it('tells a thread where to note what it holds, for the end of the process', async () => {
  const data: Parameters<typeof startThread>[2] = {};
  const before = linesOfThreads();
  const program = 'setInterval(() => {}, 1_000)';
  const worker = startThread({ eval: true, env: SHARE_ENV }, PRELOAD, data, () => {
    expect(data.lines).toBe(before?.memory);
    return new Worker(program, { eval: true });
  });
  expect(data.lines?.words.buffer).toBeInstanceOf(SharedArrayBuffer);
  await worker.terminate();
});
