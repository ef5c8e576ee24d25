import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { OWN_THREAD } from '@direct-logging/core';
import { afterEach, expect, it } from 'vitest';
import { preloadThreads } from '../src/worker-threads.ts';

const preload = {
  specifiers: [],
  importUrl: 'file:///preload.mjs',
  requirePath: import.meta.filename,
};
const threads = process.getBuiltinModule('node:worker_threads');
const before = threads.Worker;
const PROGRAM = "require('node:worker_threads').parentPort.postMessage(process.execArgv)";

let undo = () => {};
afterEach(() => undo());

async function flagsOf(options: object): Promise<unknown> {
  const worker: Worker = new threads.Worker(PROGRAM, { eval: true, execArgv: [], ...options });
  const [flags] = await once(worker, 'message');
  await worker.terminate();
  return flags;
}

it('leaves a thread alone that we start for ourselves: it must not ship, and it has no time to lose', async () => {
  let started = 0;
  undo = preloadThreads(preload, () => started++);
  expect(await flagsOf({ [OWN_THREAD]: true })).toEqual([]);
  expect(started).toBe(0);
});

it('is undone', () => {
  undo = preloadThreads(preload, () => {});
  expect(threads.Worker).not.toBe(before);
  undo();
  expect(threads.Worker).toBe(before);
});
