/** All tests: every package's own, and those that run real programs. */
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { inlinePrograms } from './scripts/inline-programs.ts';

const packages = readdirSync(new URL('./packages', import.meta.url)).map((name) => ({
  extends: true as const,
  root: `packages/${name}`,
  test: { name: name === 'cli' ? 'direct-logging' : `@direct-logging/${name}` },
}));

export default defineConfig({
  plugins: [inlinePrograms],
  test: {
    projects: [...packages, 'apps/logger-adapter-template', 'test-e2e'],
    // For the packages' own tests, too: many start processes, and all may run on a busy machine.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Most tests wait for processes and servers most of the time.
    maxWorkers: availableParallelism() + 1,
  },
});
