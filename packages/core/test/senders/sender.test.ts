import { expect, it } from 'vitest';
import { connectTimeout, type SenderSettings } from '../../src/senders/sender.ts';

it.each([
  // Never longer than an exit may take,
  [2_000, 10_000, 2_000],
  // nor than the sender wants,
  [60_000, 10_000, 10_000],
  // but long enough for a slow server.
  [0, 10_000, 250],
])('an exit of %i ms, at most %i ms: connects for %i ms', (exitTimeoutMs, maxMs, timeoutMs) => {
  expect(connectTimeout({ exitTimeoutMs } as SenderSettings, maxMs)).toBe(timeoutMs);
});
