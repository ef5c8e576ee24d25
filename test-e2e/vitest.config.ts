/** Tests that run real programs against a real server: they need more time. */
import { fileURLToPath } from 'node:url';
import { defineProject } from 'vitest/config';

export default defineProject({
  test: {
    name: 'test-e2e',
    include: ['**/*.test.ts'],
    // What is tested runs in processes of its own, so that the tests can share theirs.
    isolate: false,
    testTimeout: 120_000,
    setupFiles: [fileURLToPath(new URL('../scripts/test-setup.ts', import.meta.url))],
    expect: { poll: { timeout: 60_000 } },
    hookTimeout: 300_000,
  },
});
