import { exec, execFile, execFileSync, execSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { LineCutter, otherThreads } from '@direct-logging/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { watchChildren } from '../../src/child-output/child-pipes.ts';
import type { NoteFolder } from '../../src/child-output/notes.ts';

let seen: string[][];
let started: number;
let stop: () => void;

beforeEach(() => {
  seen = [];
  started = 0;
  const open = () => {
    const lines: string[] = [];
    seen.push(lines);
    const cutter = new LineCutter();
    return {
      add: (data: string | Uint8Array) => void lines.push(...cutter.add(data)),
      end: () => void lines.push(...[cutter.end()].filter((rest) => rest !== '')),
    };
  };
  const start = () => {
    started += 1;
    return {} as NoteFolder;
  };
  stop = watchChildren('ours', () => ({ start, open }));
});
afterEach(() => stop());

const PRINTED = ['one', 'twö', '', 'last'];
const COMMAND = 'printf "one\\ntw\\303"; sleep 0.1; printf "\\266\\n\\nlast"';

/** Runs a program, and returns what the thread has read of its stdout. */
async function run(read: (output: Readable) => unknown): Promise<string[] | undefined> {
  const child = spawn('sh', ['-c', COMMAND]);
  await Promise.all([once(child, 'close'), read(child.stdout)]);
  return seen[0];
}

describe('what a program reads from a child', () => {
  it.each<[string, (output: Readable) => unknown]>([
    ['listens', (output) => output.on('data', () => {})],
    ['listens to text', (output) => output.setEncoding('utf8').on('data', () => {})],
    ['pipes', (output) => output.pipe(process.stdout, { end: false })],
    ['reads when it can', (output) => output.on('readable', () => void output.read())],
    ['iterates', (output) => output.toArray()],
  ])('is seen if it %s', async (_, read) => {
    expect(await run(read)).toEqual(PRINTED);
  });

  it('is seen if it asks again and again, and only what it gets: Node throws away the rest when the child has ended', async () => {
    let got = '';
    const lines = await run(async (output) => {
      output.setEncoding('utf8');
      for (; !output.readableEnded; await new Promise(setImmediate)) got += output.read() ?? '';
    });
    expect(got).toContain('one\n');
    expect(lines).toEqual(
      got.split('\n').filter((line, at, all) => line !== '' || at < all.length - 1),
    );
  });

  it('is seen when it is read, not before', async () => {
    const child = spawn('echo', ['a line']);
    await once(child, 'exit');
    expect(seen[0]).toEqual([]);
  });

  it('is not seen if it is thrown away', async () => {
    expect(await run((output) => output.resume())).toEqual([]);
  });

  it('is seen if it is waited for', async () => {
    await promisify(exec)('echo one');
    await promisify(execFile)('echo', ['two']);
    spawnSync('sh', ['-c', 'echo three; echo four >&2']);
    execSync('echo five');
    expect(seen).toEqual([['one'], [], ['two'], [], ['three'], ['four'], ['five'], []]);
    expect(started).toBe(4);
  });

  it('is not looked for in what the program has put in its place', async () => {
    const child = spawn('echo', ['a line']);
    Object.assign(child, { stdout: {} });
    const get = () => {
      throw new Error('of the program');
    };
    Object.defineProperty(child, 'stderr', { get, configurable: true });
    await once(child, 'exit');
    expect(seen.flat()).toEqual([]);
  });
});

it('tells a child who reads its output, if it has the environment of another process', async () => {
  const command = 'echo "$DIRECT_LOGGING_STDIO"';
  const env = { DIRECT_LOGGING_STDIO: 'of another' };
  await promisify(exec)(command, { env });
  await promisify(exec)(command, { env: {} });
  spawnSync('sh', ['-c', command], { env });
  execSync(command, { env: {} });
  expect(seen).toEqual([['ours'], [], [''], [], ['ours'], [], [''], []]);
  expect(env).toEqual({ DIRECT_LOGGING_STDIO: 'of another' });
});

it('ends open requests before it waits for a child', () => {
  const { all } = otherThreads as unknown as { all: Set<object> };
  let rests = 0;
  const steps = { rest: () => void rests++ };
  all.add(steps);
  spawnSync('true');
  execSync('true');
  execFileSync('true');
  all.delete(steps);
  expect(rests).toBe(3);
});

it('shows nothing to the program', async () => {
  const child = spawn('echo', ['a line']);
  await once(child, 'spawn');
  expect(Object.keys(child.stdout)).toEqual(Object.keys(child.stderr));
  expect(Object.keys(child.stdout)).not.toContain('emit');
  expect(child.stdout.listenerCount('data')).toBe(0);
  expect(Object.hasOwn(child, 'spawn')).toBe(false);
  await once(child, 'exit');
});

it('lets the program patch the method of the class later', async () => {
  const child = spawn('echo', ['a line']);
  await once(child, 'spawn');
  const prototype = Object.getPrototypeOf(child.stdout) as object;
  const events: unknown[] = [];
  const patched = function (this: Readable, ...args: unknown[]): unknown {
    events.push(args[0]);
    return Reflect.apply(Object.getPrototypeOf(prototype).emit, this, args);
  };
  Object.defineProperty(prototype, 'emit', { value: patched, configurable: true });
  child.stdout.resume();
  await once(child, 'close');
  Reflect.deleteProperty(prototype, 'emit');
  expect(events).toContain('end');
});

it('throws nothing into the program if it cannot take the lines', () => {
  stop();
  stop = watchChildren(undefined, () => {
    throw new Error('ours');
  });
  expect(execSync('echo line').toString()).toBe('line\n');
});
