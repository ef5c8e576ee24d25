/** All tests: every package's own, and those that run real programs. */
import { defineConfig } from 'vitest/config';

export default defineConfig({ test: { projects: ['packages/*', 'test-e2e'] } });
