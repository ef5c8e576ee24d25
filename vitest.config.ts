/** All tests: every package's own, and those that run real programs. */
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: ['packages/*', 'test-e2e'],
    // Most tests wait for processes and servers most of the time: with two processors one worker would leave them idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
});
