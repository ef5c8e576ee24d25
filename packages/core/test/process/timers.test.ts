import { createHook, executionAsyncResource } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { afterThisRun, nodeTimers } from '../../src/process/timers.ts';

it('a time that is too long for a timer of Node is a long one', async () => {
  const emitWarning = vi.spyOn(process, 'emitWarning');
  const callback = vi.fn();
  const timers = [2 ** 31, Number.POSITIVE_INFINITY].map((ms) => nodeTimers.start(callback, ms));
  await sleep(50);
  for (const timer of timers) nodeTimers.stop(timer);
  expect(callback).not.toHaveBeenCalled();
  expect(emitWarning).not.toHaveBeenCalled();
});

it('can be stopped by an async hook that runs before its callback', async () => {
  const callback = vi.fn();
  const timer = nodeTimers.start(callback, 1);
  const before = vi.fn(() => {
    if (executionAsyncResource() === timer) nodeTimers.stop(timer);
  });
  const hook = createHook({ before }).enable();
  await sleep(50);
  hook.disable();
  expect(before).toHaveBeenCalled();
  expect(callback).not.toHaveBeenCalled();
});

it('what comes after a run takes one microtask, and what is asked for by then comes after the next', async () => {
  const ran: string[] = [];
  const made = vi.fn();
  const hook = createHook({ init: (_, type) => type === 'Microtask' && made() }).enable();
  for (const name of ['first', 'second']) afterThisRun(() => ran.push(name));
  afterThisRun(() => {
    ran.push('third');
    afterThisRun(() => ran.push('fourth'));
    throw new Error('of our own');
  });
  expect(ran).toEqual([]);
  await Promise.resolve();
  expect(ran).toEqual(['first', 'second', 'third']);
  await Promise.resolve();
  hook.disable();
  expect(ran).toEqual(['first', 'second', 'third', 'fourth']);
  expect(made).toHaveBeenCalledTimes(2);
});
