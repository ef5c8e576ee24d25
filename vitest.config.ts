/** All tests: every package's own, and those that run real programs. */
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defaultExclude, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { inlinePrograms } from './scripts/inline-programs.ts';

/**
 * Tests that leave nothing behind share processes, since starting one costs more than most of them. In the other packages, which hook
 * nothing, all do.
 */
const PURE: Readonly<Record<string, readonly string[]>> = {
  core: [
    'test/{encode,integrations,record,settings}/**/*.test.ts',
    'test/{show-details,understood-settings,without-content}.test.ts',
    'test/delivery/{backoff,drops,flush-plan,queue,replay-buffer,retry,retry-timer}.test.ts',
    'test/delivery/{inactive-transport,queue-repairs,silence.property}.test.ts',
    'test/delivery/spool/{file-name,lines,segment}.test.ts',
    'test/process/{alarm,guard,node-options,replace-method,span-context,waiters}.test.ts',
    'test/process/{package-name,small-file,without-secrets}.test.ts',
    'test/senders/{block,failed-answer,judge-answer,no-credential}.test.ts',
    'test/senders/{outcome,patience,request-rule,sender}.test.ts',
    'test/senders/write-through/{answer,doubt,framing,renewal}.test.ts',
  ],
  lambda: ['test/{environment,invocation,propagation,trace-id}.test.ts'],
  'pino-transport': ['test/{from-line,levels}.test.ts'],
  register: ['test/plan.test.ts', 'test/child-output/{half-sip-hash,lines,read-lines}.test.ts'],
  'stdout-hook': ['test/{captured-stream,lines,own-frames,printed-error}.test.ts'],
  'winston-transport': ['test/{from-info,from-line,levels}.test.ts'],
};

const packages = readdirSync(new URL('./packages', import.meta.url)).map((folder) => {
  const name = folder === 'cli' ? 'direct-logging' : `@direct-logging/${folder}`;
  const pure = PURE[folder];
  const exclude = [...defaultExclude, ...(pure ?? [])];
  const isolate = pure !== undefined;
  return { extends: true as const, root: `packages/${folder}`, test: { name, exclude, isolate } };
});
const include = Object.entries(PURE).flatMap(([folder, paths]) =>
  paths.map((path) => `packages/${folder}/${path}`),
);
const pure = { extends: true as const, test: { name: 'pure', include, isolate: false } };

/** What takes longest begins first, so that nothing long is left for the end. Without a cache, vitest goes by the size of files. */
const LONGEST =
  /(https|recipes|kill-matrix|exits|hostile-globals|fleet|command|broken-setups|bundles|single-executable|unix-sockets|runners|types|pack|outages|silence|any-order)\.test\.ts$/;

/**
 * The long files mostly wait, so those that need a process of their own, and mostly compute, are spread among them. All others follow
 * by project: a process is shared only with the next file of the same project.
 */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isEnd = ({ project }: TestSpecification) => project.name === 'test-e2e';
    const long = sorted.filter((file) => isEnd(file) && LONGEST.test(file.moduleId));
    const alone = sorted.filter(({ project }) => project.config.isolate);
    const share = Math.ceil(alone.length / Math.max(1, long.length));
    const mixed = long.flatMap((file, at) => [file, ...alone.slice(at * share, (at + 1) * share)]);
    const begun = new Set(long.length > 0 ? mixed : alone);
    const others = sorted
      .filter((file) => !begun.has(file))
      .sort(
        (a, b) =>
          Number(isEnd(b)) - Number(isEnd(a)) || a.project.name.localeCompare(b.project.name),
      );
    return [...begun, ...others];
  }
}

// Of a run whose starter was killed by force, the server is gone soon, too.
process.once('disconnect', () => process.exit(1));
process.channel?.unref();

export default defineConfig({
  plugins: [inlinePrograms],
  test: {
    projects: [...packages, pure, 'apps/logger-adapter-template', 'test-e2e'],
    // For the packages' own tests, too: many start processes, and all may run on a busy machine.
    testTimeout: 120_000,
    hookTimeout: 60_000,
    setupFiles: [fileURLToPath(new URL('scripts/test-setup.ts', import.meta.url))],
    expect: { poll: { timeout: 60_000 } },
    // Most tests wait for processes and servers most of the time.
    maxWorkers: availableParallelism() + 3,
    sequence: { sequencer: LongestFirst },
  },
});
