/** Before each file of tests: what a test waits for may take long on a busy machine, so it has 60 s if the test doesn't say more. */
import { vi } from 'vitest';

const TIMEOUT_MS = 60_000;
const { waitFor } = vi;

vi.waitFor = (callback, options = {}) =>
  waitFor(callback, typeof options === 'number' ? options : { timeout: TIMEOUT_MS, ...options });
