import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { nodeTimers } from '../../src/process/timers.ts';

it('a time that is too long for a timer of Node is a long one', async () => {
  const emitWarning = vi.spyOn(process, 'emitWarning');
  const callback = vi.fn();
  const timers = [2 ** 31, Number.POSITIVE_INFINITY].map((ms) => nodeTimers.start(callback, ms));
  await sleep(50);
  for (const timer of timers) nodeTimers.stop(timer);
  expect(callback).not.toHaveBeenCalled();
  expect(emitWarning).not.toHaveBeenCalled();
});
