import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'auto-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** Runs the fixture in the folder of this package, where its own name can be resolved. */
async function run(flags: string[], env: NodeJS.ProcessEnv) {
  const program = join(import.meta.dirname, 'fixtures/surroundings.cjs');
  const child = spawn(process.execPath, [...flags, program], {
    cwd: join(import.meta.dirname, '..'),
    env: { PATH: process.env.PATH, VICTORIALOGS_EXIT_TIMEOUT_MS: '100', ...env },
    stdio: ['ignore', openSync(join(folder, 'out'), 'w'), openSync(join(folder, 'err'), 'w')],
  });
  const [status] = await once(child, 'exit');
  const stderr = readFileSync(join(folder, 'err'), 'utf8');
  return { status, stderr, seen: JSON.parse(readFileSync(join(folder, 'out'), 'utf8')) };
}

/** Nobody listens there. */
const ADDRESS = { VICTORIALOGS_URL: 'http://127.0.0.1:9' };

/** Each kilobyte costs 50 µs at every start: what a first line of text does without belongs in a file for later. */
const MAX_BYTES_AT_START = 100 * 1024;

describe.each(['--import', '--require'])('%s @direct-logging/auto', (flag) => {
  const flags = [flag, '@direct-logging/auto'];

  it('loads no HTTP client before the first line', async () => {
    const { status, seen } = await run(flags, ADDRESS);
    expect(status).toBe(0);
    expect(seen.loaded).toEqual([]);
  });

  it('lets a thread end in which Node prints each file that is loaded', () => {
    const program = join(folder, 'thread.cjs');
    writeFileSync(
      program,
      `const { isMainThread, Worker } = require('node:worker_threads');
      if (isMainThread) new Worker(__filename); else console.log('thread');`,
    );
    const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, program], {
      cwd: join(import.meta.dirname, '..'),
      env: {
        PATH: process.env.PATH,
        ...ADDRESS,
        VICTORIALOGS_EXIT_TIMEOUT_MS: '100',
        NODE_DEBUG: 'module,module_timer',
      },
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'thread\n' });
    expect(stderr.match(/^MODULE \d+: load .*worker-marks/gm)?.length ?? 0).toBeLessThan(4);
  });

  it('reads no file for later before a line needs it', () => {
    const record = join(import.meta.dirname, 'fixtures/files.cjs');
    const filesOf = (program: string): string[] => {
      const { stdout } = spawnSync(process.execPath, [flag, record, ...flags, '--eval', program], {
        cwd: join(import.meta.dirname, '..'),
        env: { PATH: process.env.PATH, VICTORIALOGS_EXIT_TIMEOUT_MS: '100', ...ADDRESS },
        encoding: 'utf8',
      });
      const files = stdout.split('\n').at(-2) as string;
      return (JSON.parse(files) as string[]).map((file) => basename(file));
    };
    const first = [...(flag === '--import' ? ['import.js'] : []), 'index.cjs', 'first.cjs'];
    // Nobody listens at this address: the last two flush at the end, and say why that fails.
    const last = ['core-flush-in-thread.cjs', 'secrets.cjs'];
    const before = (program: string) => filesOf(program).filter((file) => !last.includes(file));
    expect(before('')).toEqual(first);
    expect(before('console.log("text")')).toEqual(first);
    expect(before('console.log(\'{"a":1}\')')).toEqual([...first, 'json.cjs']);
  });

  it('starts no thread and no timer that could be noticed', async () => {
    const { seen } = await run(flags, ADDRESS);
    expect(seen.resources).not.toContain('MessagePort');
    expect(seen.resources).not.toContain('Timeout');
  });

  it('has the variables that pm2 unpacks only after it, in its cluster mode', () => {
    const program = `console.log(JSON.stringify([
      Symbol.for('@direct-logging/register') in globalThis,
      process.env.VICTORIALOGS_JOB, process.env.LOG_LEVEL, process.env.EDITOR,
    ]))`;
    const variables = { ...ADDRESS, VICTORIALOGS_JOB: 'shop', LOG_LEVEL: 'OFF', EDITOR: 'ed' };
    const { stdout } = spawnSync(process.execPath, [...flags, '--eval', program], {
      cwd: join(import.meta.dirname, '..'),
      env: { PATH: process.env.PATH, pm2_env: JSON.stringify(variables) },
      encoding: 'utf8',
    });
    expect(JSON.parse(stdout)).toEqual([true, 'shop', 'OFF', null]);
  });

  it('names itself absolutely for the processes that the program starts', async () => {
    const { seen } = await run([], { ...ADDRESS, NODE_OPTIONS: flags.join(' ') });
    expect(seen.NODE_OPTIONS).toMatch(
      flag === '--import' ? /^--import file:\/\/\/.+\/import\.js$/ : /^--require .+index\.cjs"?$/,
    );
  });

  it('leaves no trace without an address', async () => {
    const NODE_OPTIONS = flags.join(' ');
    const { status, stderr, seen } = await run([], { NODE_OPTIONS });
    expect([status, stderr]).toEqual([0, '']);
    expect(seen).toEqual({ loaded: [], resources: [], NODE_OPTIONS });
  });
});

it('reads few bytes at a start', () => {
  const text = readFileSync(join(import.meta.dirname, '../dist/first.cjs'), 'utf8');
  expect(text.length).toBeLessThan(MAX_BYTES_AT_START);
  // Otherwise V8 needs two bytes for each character.
  expect(text).toMatch(/^[\0-\x7f]*$/);
});

it('does no harm when its files are gone, as after a deployment', () => {
  const dist = join(folder, 'gone');
  const program = `
    require('node:fs').rmSync(process.argv[1], { recursive: true });
    console.log('text');
    console.log('{"msg":"JSON","level":"error"}');
    console.log('long'.repeat(100_000).length, 'lines\\nof text');
    console.error(new Error('shown').message);
    require('node:fs').writeSync(1, 'direct\\n');
    process.stdout.write(require('node:child_process').execSync('echo child'));
    new (require('node:worker_threads').Worker)('', { eval: true }).on('error', () => {});
    require('node:util').inherits(function () { this.silent = this.handleExceptions = true; }, Object);
    process.exitCode = 3;`;
  const env = { PATH: process.env.PATH, VICTORIALOGS_EXIT_TIMEOUT_MS: '100' };
  const [bare, ours] = [{}, ADDRESS].map((address) => {
    cpSync(join(import.meta.dirname, '../dist'), dist, { recursive: true });
    const flags = ['--require', join(dist, 'index.cjs'), '--eval', program, dist];
    const run = spawnSync(process.execPath, flags, {
      env: { ...env, ...address },
      encoding: 'utf8',
    });
    return { status: run.status, stdout: run.stdout };
  });
  expect(bare?.status).toBe(3);
  expect(ours).toEqual(bare);
});

it('is loaded by the modules of a test runner into the context of a test', () => {
  const program = join(folder, 'context.cjs');
  // As jest, and vitest with threads of vm.
  writeFileSync(
    program,
    `const { createContext, runInContext } = require('node:vm');
    const { readFileSync } = require('node:fs');
    const { dirname, join } = require('node:path');
    const context = createContext();
    const own = runInContext('Object.getOwnPropertyNames(globalThis)', context);
    for (const name of Object.getOwnPropertyNames(globalThis))
      if (!own.includes(name)) context[name] = globalThis[name];
    const loaded = new Map();
    const load = (file) => {
      const known = loaded.get(file);
      if (known !== undefined) return known.exports;
      const module = { exports: {} };
      loaded.set(file, module);
      const requireBeside = (name) => name.startsWith('.') ? load(join(dirname(file), name)) : require(name);
      requireBeside.cache = {};
      const text = '(function (exports, require, module, __filename, __dirname) {' + readFileSync(file, 'utf8') + '\\n})';
      runInContext(text, context, file)(module.exports, requireBeside, module, file, dirname(file));
      return module.exports;
    };
    const { registration } = load(process.argv[2]);
    console.log('text');
    console.log('{"msg":"JSON"}');
    process.on('exit', () => process.stdout.write(JSON.stringify(registration.transport.stats.written)));`,
  );
  const entry = join(import.meta.dirname, '../dist/index.cjs');
  const { stdout, stderr } = spawnSync(process.execPath, [program, entry], {
    env: { PATH: process.env.PATH, VICTORIALOGS_EXIT_TIMEOUT_MS: '100', ...ADDRESS },
    encoding: 'utf8',
  });
  expect({ stdout, stderr }).toEqual({ stdout: 'text\n{"msg":"JSON"}\n2', stderr: '' });
});

it('is loaded where hooks give the source of CommonJS, so that require has no cache', () => {
  const write = (name: string, source: string) => writeFileSync(join(folder, name), source);
  write(
    'register.mjs',
    "import { register } from 'node:module'; register('./hooks.mjs', import.meta.url);",
  );
  write(
    'hooks.mjs',
    `import { readFileSync } from 'node:fs';
    export async function load(url, context, next) {
      const loaded = await next(url, context);
      return loaded.format === 'commonjs' ? { ...loaded, source: readFileSync(new URL(url)) } : loaded;
    }`,
  );
  write(
    'program.mjs',
    'const { default: { registration } } = await import(process.argv[2]); console.log(registration?.role);',
  );
  const flags = [
    '--import',
    './register.mjs',
    'program.mjs',
    join(import.meta.dirname, '../dist/index.cjs'),
  ];
  const env = { PATH: process.env.PATH, VICTORIALOGS_EXIT_TIMEOUT_MS: '100', ...ADDRESS };
  const { stdout } = spawnSync(process.execPath, flags, { cwd: folder, env, encoding: 'utf8' });
  expect(stdout).toMatch(/^\w+\n$/);
  expect(stdout).not.toBe('undefined\n');
});

it.each([
  ['no class of threads but that of Node', 'worker_threads', 'Worker', 'class {}'],
  // As mockery and rewiremock, which keep a test from loading what it has not named.
  ['nobody who loads files', 'module', '_load', "() => { throw new Error('not allowed') }"],
  ['nobody who names files', 'path', 'join', '() => __filename'],
  ['nobody who makes functions of text', 'vm', 'x', 'delete globalThis.Function'],
])('needs %s', async (_, module, name, replacement) => {
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    bodies.push(await text(request));
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const program = join(folder, 'exit.cjs');
  writeFileSync(
    program,
    `require('node:${module}').${name} = ${replacement};
    console.log('line');
    console.log('{"msg":"JSON"}');
    console.error(new TypeError('shown'));
    process.exit(3);`,
  );
  const { port } = server.address() as AddressInfo;
  const child = spawn(process.execPath, ['--require', '@direct-logging/auto', program], {
    cwd: join(import.meta.dirname, '..'),
    env: {
      PATH: process.env.PATH,
      // A name is looked up by the event loop: an exit takes a thread.
      VICTORIALOGS_URL: `http://localhost:${port}`,
      VICTORIALOGS_EXIT_TIMEOUT_MS: '30000',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [printed, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  server.close();
  expect(code).toBe(3);
  expect(printed).toMatch(/^TypeError: shown\n( +at .*\n)+$/);
  for (const message of ['line', 'JSON', 'TypeError: shown\\n'])
    expect(bodies.join('')).toContain(`"_msg":"${message}`);
});
