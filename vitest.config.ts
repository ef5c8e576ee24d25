/** All tests: every package's own, and those that run real programs. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: ['packages/*', 'test-e2e'],
    // A first run may find a package without tests; an empty run as a whole still shows in the totals.
    passWithNoTests: true,
    maxWorkers: 2,
  },
});
