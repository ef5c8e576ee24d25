import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HeardChildren } from '../src/heard-children.ts';

let heard: HeardChildren;
beforeEach(() => {
  heard = new HeardChildren();
});
afterEach(() => heard.stop());

/** Starts a program that prints a line, and waits until its output has ended. */
async function run(listen: (output: Readable) => unknown): Promise<void> {
  const child = spawn('echo', ['a line']);
  listen(child.stdout);
  await once(child, 'close');
}

describe('whether a line can be the copy of a child’s', () => {
  it('before a child has started, and after one that was waited for', () => {
    spawnSync('echo');
    expect(heard.mayBePrinted(0)).toBe(true);
  });

  it.each<[string, (output: Readable) => unknown]>([
    ['nobody listens to the child', () => {}],
    ['what the child prints is thrown away', (output) => output.resume()],
  ])('not if %s', async (_, listen) => {
    await run(listen);
    expect(heard.mayBePrinted(0)).toBe(false);
  });

  it.each<[string, (output: Readable) => unknown]>([
    ['its data is waited for', (output) => output.on('data', () => {})],
    [
      'it is read later',
      (output) => setImmediate(() => output.on('readable', () => output.read())),
    ],
    ['it is read line by line', (output) => output.toArray()],
  ])('if %s, and for ten seconds after it has ended', async (_, listen) => {
    await run(listen);
    expect([0, 9_999, 10_000].map((now) => heard.mayBePrinted(now))).toEqual([true, true, false]);
  });

  it('is asked in vain, but without harm, if the program has replaced the output', async () => {
    const child = spawn('echo', ['a line']);
    Object.assign(child, { stdout: {} });
    await once(child, 'exit');
    expect(heard.mayBePrinted(0)).toBe(false);
  });

  it('is asked in vain, but without harm, if the output must not be looked at', async () => {
    const child = spawn('echo', ['a line']);
    refuse(child, 'stdout');
    await once(child, 'exit');
    expect(heard.mayBePrinted(0)).toBe(false);
  });

  it('throws nothing into a program whose stream does not let go of listeners', async () => {
    const child = spawn('echo', ['a line']);
    await once(child, 'spawn');
    refuse(child.stdout, 'off');
    expect(() => child.stdout.on('data', () => {})).not.toThrow();
    await once(child, 'close');
  });
});

function refuse(object: object, name: string): void {
  const get = () => {
    throw new Error('of the program');
  };
  Object.defineProperty(object, name, { get, configurable: true });
}
