/** Tests that run real programs against a real server: more time, and not all at once on a small machine. */
import { defineProject } from 'vitest/config';

export default defineProject({
  test: {
    name: 'test-e2e',
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 300_000,
  },
});
