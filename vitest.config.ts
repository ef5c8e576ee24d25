/** All tests: every package's own, and those that run real programs. */
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { inlinePrograms } from './scripts/inline-programs.ts';

const packages = readdirSync(new URL('./packages', import.meta.url)).map((name) => ({
  extends: true as const,
  root: `packages/${name}`,
  test: { name: name === 'cli' ? 'direct-logging' : `@direct-logging/${name}` },
}));

/** What takes longest begins first, so that nothing long is left for the end. Without a cache, vitest goes by the size of files. */
const LONGEST =
  /(https|kill-matrix|exits|hostile-globals|fleet|command|broken-setups|bundles|unix-sockets|runners|types|any-order)\.test\.ts$/;

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => Number(LONGEST.test(moduleId));
    return (await super.sort(files)).sort((a, b) => isLong(b) - isLong(a));
  }
}

export default defineConfig({
  plugins: [inlinePrograms],
  test: {
    projects: [...packages, 'apps/logger-adapter-template', 'test-e2e'],
    // For the packages' own tests, too: many start processes, and all may run on a busy machine.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Most tests wait for processes and servers most of the time.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongestFirst },
  },
});
