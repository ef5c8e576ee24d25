/** The environment itself: servers, programs, caches and containers do what tests rely on and leave nothing behind. */
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { cached, isAlive } from '../environment/cache.ts';
import { engineVersion, runContainer } from '../environment/docker.ts';
import { removeLeftoverEngines } from '../environment/engine.ts';
import { buildNodeImage } from '../environment/images.ts';
import { NODE_MAJORS, nodeBinary } from '../environment/nodes.ts';
import { runProgram } from '../environment/run-program.ts';
import { scratchProject } from '../environment/scratch-project.ts';
import { startVictoriaLogs } from '../environment/victorialogs.ts';
import { insertLines, isHealthy } from '../environment/victorialogs-queries.ts';
import { testServer } from './for-tests.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const engine = await engineVersion();

describe('a server of our own', () => {
  const server = testServer({ own: true });

  it('has stored a row before anybody waits for its first answer, and shows none', async () => {
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(/^vl_partitions (\d+)/m.exec(metrics)?.[1]).toBe('1');
    await server.forceFlush();
    expect(await server.count('*')).toBe(0);
  });

  it('answers what was inserted, and has it still after a stop and a restart', async () => {
    await insertLines(server.url, [JSON.stringify({ _msg: 'kept' })], '');
    expect(await server.queryWhen('_msg:kept', 1)).toMatchObject([{ _msg: 'kept' }]);
    expect(await server.stop({ keepData: true })).toEqual({ code: 0, signal: null });
    expect(await isHealthy(server.url)).toBe(false);
    await server.restart();
    expect(await server.count('_msg:kept')).toBe(1);
  });

  it('can be killed and comes back on the same address', async () => {
    expect(await server.kill()).toEqual({ code: null, signal: 'SIGKILL' });
    await server.restart();
    expect(await isHealthy(server.url)).toBe(true);
  });
});

describe('a program that started a server', () => {
  const program = fileURLToPath(new URL('../fixtures/starts-victorialogs.mjs', import.meta.url));
  const env = ownServerEnvironment();

  const run = (termination: string) => runProgram({ args: [program, termination], env });

  it.each(['natural', 'exit', 'throw', 'SIGINT', 'SIGTERM'])(
    'ends the server when it ends: %s',
    async (termination) => {
      const { stdout, timedOut } = await run(termination);
      expect(timedOut).toBe(false);
      expect(stdout).toMatch(/^http/);
      expect(await isHealthy(stdout.trim())).toBe(false);
    },
  );

  it('may be killed: the next start ends the server', async () => {
    const { stdout } = await run('SIGKILL');
    expect(await isHealthy(stdout.trim())).toBe(true);
    expect((await run('exit')).code).toBe(0);
    expect(await isHealthy(stdout.trim())).toBe(false);
  });
});

describe('runProgram', () => {
  it.each(['files', 'pipes'] as const)(
    'gives output and exit code back, through %s',
    async (output) => {
      const script = 'console.log("é".repeat(20_000)); console.error("trouble"); process.exit(3)';
      const run = await runProgram({ args: ['-e', script], output });
      expect(run).toMatchObject({ code: 3, signal: null, stderr: 'trouble\n', timedOut: false });
      expect(run.stdout).toBe(`${'é'.repeat(20_000)}\n`);
    },
  );

  it('ends a program that does not end, with everything that it started', async () => {
    const script =
      'const { pid } = require("child_process").spawn("sleep", ["60"]); console.log(pid); setInterval(() => {}, 1000)';
    const run = await runProgram({ args: ['-e', script], timeoutMs: 1_000 });
    expect(run).toMatchObject({ code: null, signal: 'SIGKILL', timedOut: true });
    await expect.poll(() => isRunning(Number(run.stdout))).toBe(false);
  });

  it('lends the program nothing of our own environment', async () => {
    const run = await runProgram({
      args: ['-p', 'Object.keys(process.env).join()'],
      env: { A: '1' },
    });
    expect(run.stdout.trim().split(',')).toContain('A');
    expect(run.stdout).not.toContain('VITEST');
  });
});

it('vitest ends when the process that started it is gone', async () => {
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const child = fork(vitest, ['watch', 'no such test'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
  });
  const ended = once(child, 'exit');
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdout?.once('data', () => child.disconnect());
  expect(await ended).toEqual([1, null]);
});

describe('the cache', () => {
  const before = process.env.XDG_CACHE_HOME;
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'direct-logging-cache-'));
    process.env.XDG_CACHE_HOME = folder;
  });
  afterEach(async () => {
    if (before === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = before;
    await rm(folder, { recursive: true, force: true });
  });

  it('builds once, also for two that want it at the same time', async () => {
    let builds = 0;
    const build = async (building: string) => {
      builds += 1;
      await writeFile(join(building, 'file'), 'content');
    };
    const [first, second] = await Promise.all([cached('kind/1', build), cached('kind/1', build)]);
    expect(first).toBe(second);
    expect(await readFile(join(first, 'file'), 'utf8')).toBe('content');
    expect(builds).toBe(1);
  });

  it('holds nothing of a build that failed', async () => {
    const failing = cached('kind/1', async (building) => {
      await writeFile(join(building, 'half'), '');
      throw new Error('no compiler');
    });
    await expect(failing).rejects.toThrow('no compiler');
    expect(await readdir(join(folder, 'direct-logging/kind'))).toEqual([]);
  });

  it('removes old versions, and none that may be in use', async () => {
    const names = [...'abcdefghij'];
    const hourAndMore = new Date(Date.now() - 70 * 60_000);
    for (const name of names) await cached(`kind/${name}`, async () => {});
    expect(await readdir(join(folder, 'direct-logging/kind'))).toEqual(names);
    for (const name of 'abcdefg') {
      await utimes(join(folder, 'direct-logging/kind', name), hourAndMore, hourAndMore);
    }
    await cached('kind/k', async () => {});
    const kept = await readdir(join(folder, 'direct-logging/kind'));
    expect(kept.filter((name) => name > 'g')).toEqual(['h', 'i', 'j', 'k']);
    expect(kept).toHaveLength(6);
  });

  it('takes over from a builder that is gone', async () => {
    await cached('kind/0', async () => {});
    const gone = await runProgram({ args: ['-p', 'os.hostname() + " " + process.pid'] });
    await writeFile(join(folder, 'direct-logging/kind/1.lock'), gone.stdout.trim());
    expect(await readdir(await cached('kind/1', async () => {}))).toEqual([]);
  });
});

it.each(NODE_MAJORS)('there is a Node %i', async (major) => {
  const run = await runProgram({ node: await nodeBinary(major), args: ['--version'] });
  expect(run.stdout).toMatch(new RegExp(`^v${major}\\.`));
});

it('a scratch project has the packages as they would be published', async () => {
  const project = await scratchProject();
  const core = join(project.folder, 'node_modules/@direct-logging/core');
  await access(join(core, 'dist/index.js'));
  await expect(access(join(core, 'src'))).rejects.toThrow('ENOENT');
  await project.remove();
  await expect(access(project.folder)).rejects.toThrow('ENOENT');
});

describe.skipIf(engine === undefined)(
  engine ? `containers, on Docker ${engine}` : 'containers (skipped: no Docker engine answers)',
  () => {
    it('a program in a container reaches VictoriaLogs in a container', async () => {
      const server = await startVictoriaLogs({ prefer: 'container' });
      const image = 'direct-logging/environment-test';
      await buildNodeImage({ image, files: {} });
      const script = `fetch('${server.containerUrl}/health').then((r) => r.text()).then(console.log)`;
      const program = await runContainer({ image, args: ['-e', script] });
      expect(await program.wait()).toBe(0);
      expect((await program.logs()).trim()).toBe('OK');
      await program.remove();
      await server.stop();
      expect(await isHealthy(server.url)).toBe(false);
    });
  },
);

const mayMount = process.platform === 'linux' && process.getuid?.() === 0;

it.skipIf(!mayMount)(
  `a killed engine leaves no network of its containers behind${mayMount ? '' : ' (skipped: only root has engines)'}`,
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'direct-logging-engine-'));
    const network = join(folder, 'network');
    await writeFile(network, '');
    const container = spawn('unshare', [`--net=${network}`, 'sleep', '60']);
    const ended = once(container, 'exit');
    await expect.poll(() => readFile('/proc/self/mounts', 'utf8')).toContain(network);
    removeLeftoverEngines();
    expect(await ended).toEqual([null, 'SIGKILL']);
    await expect(access(folder)).rejects.toThrow('ENOENT');
    expect(await readFile('/proc/self/mounts', 'utf8')).not.toContain(network);
  },
);

/** What a program needs to find the same VictoriaLogs that we use. */
function ownServerEnvironment(): Record<string, string> {
  const names = ['VICTORIALOGS_BINARY', 'XDG_CACHE_HOME', 'DOCKER_HOST', 'GOPATH', 'GOCACHE'];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
  );
}

/** A process that has ended but whose parent has not asked yet does not count. */
async function isRunning(pid: number): Promise<boolean> {
  if (!isAlive(pid)) return false;
  return readFile(`/proc/${pid}/stat`, 'utf8').then(
    (stat) => !stat.includes(') Z '),
    () => false,
  );
}
