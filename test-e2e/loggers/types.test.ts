/** The packages as a user's compiler sees them, from the tarballs that would be published. */
import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { isFullRun } from '../environment/extent.ts';
import { pinnedPackages } from '../environment/pinned-packages.ts';
import { runProgram } from '../environment/run-program.ts';
import { scratchProject } from '../environment/scratch-project.ts';

const PROGRAMS = fileURLToPath(new URL('./fixtures/types/', import.meta.url));
const require = createRequire(import.meta.url);
const COMPILER = dirname(require.resolve('typescript/package.json'));
const TYPES = dirname(dirname(require.resolve('@types/node/package.json')));

/** The ends of the ranges that the packages name. */
const NEWEST = { pino: '10.4.0', winston: '3.19.0' };
const OLDEST = { pino: '8.0.0', winston: '3.2.0' };

/** How a compiler is told to find modules, and the kind of file in which the packages are imported. */
const ALL_MODULES = [
  { module: 'node16', moduleResolution: 'node16', file: 'program.mts' },
  { module: 'nodenext', moduleResolution: 'nodenext', file: 'program.cts' },
  { module: 'esnext', moduleResolution: 'bundler', file: 'program.ts' },
  { module: 'commonjs', moduleResolution: 'node10', file: 'program.ts' },
];
const MODULES = isFullRun() ? ALL_MODULES : ALL_MODULES.slice(-1);
const ENTRIES = [
  ...['auto', 'core', 'lambda', 'register', 'stdout-hook'],
  ...['pino-transport', 'pino-transport/integration'],
  ...['winston-transport', 'winston-transport/integration'],
].map((entry) => `@direct-logging/${entry}`);

const STRICT = {
  ...{ strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false },
  ...{ noEmit: true, target: 'es2022', typeRoots: [TYPES], types: ['node'] },
};

async function check(
  dependencies: Readonly<Record<string, string>>,
  compiler: string,
  config: { readonly compilerOptions: object; readonly include?: readonly string[] },
) {
  const files = readdirSync(PROGRAMS).map((name) => [name, PROGRAMS + name]);
  const project = await scratchProject({ dependencies, files: Object.fromEntries(files) });
  try {
    await writeFile(join(project.folder, 'tsconfig.json'), JSON.stringify(config));
    const args = [join(compiler, 'bin/tsc'), '-p', '.'];
    const run = await runProgram({ cwd: project.folder, args, timeoutMs: 100_000 });
    expect(run).toMatchObject({ code: 0, stdout: '', stderr: '' });
  } finally {
    await project.remove();
  }
}

describe('types are found, and infer', { timeout: 180_000 }, () => {
  it.each([NEWEST, OLDEST])(
    'by modules and by CommonJS, with pino $pino and winston $winston',
    async (dependencies) => {
      await check(dependencies, COMPILER, { compilerOptions: { ...STRICT, module: 'nodenext' } });
    },
  );

  it.each(MODULES)(
    'in our own declarations without esModuleInterop: $module, $moduleResolution, $file',
    async ({ file, ...modules }) => {
      const others = await pinnedPackages({ name: 'logger-suites', what: "pino's tests" });
      const project = await scratchProject();
      try {
        const imports = [...ENTRIES, 'direct-logging'].map(
          (name, at) => `import * as m${at} from '${name}';`,
        );
        const all = `export const all = [${imports.map((_, at) => `m${at}`)}];`;
        await writeFile(join(project.folder, file), [...imports, all].join('\n'));
        const interop = { esModuleInterop: false, allowSyntheticDefaultImports: false };
        // Without the types of browsers, which take this compiler as long as all the rest.
        const lib = { lib: ['es2022'] };
        const compilerOptions = { ...STRICT, ...interop, ...modules, ...lib };
        const config = { compilerOptions, files: [file] };
        await writeFile(join(project.folder, 'tsconfig.json'), JSON.stringify(config));
        const args = [join(others, 'typescript/bin/tsc'), '-p', '.'];
        const { stdout } = await runProgram({ cwd: project.folder, args, timeoutMs: 100_000 });
        // What others declare is theirs.
        const ours = /^(?:program\.|tsconfig|error|.*@direct-logging\/)/;
        expect(stdout.split('\n').filter((line) => ours.test(line))).toEqual([]);
      } finally {
        await project.remove();
      }
    },
  );

  it('by CommonJS as TypeScript 5 resolves it when nothing is said of that', async () => {
    const others = await pinnedPackages({ name: 'logger-suites', what: "pino's tests" });
    // pino asks for it, too.
    const interoperable = { module: 'commonjs', esModuleInterop: true, skipLibCheck: true };
    const compilerOptions = { ...STRICT, ...interoperable };
    await check(NEWEST, join(others, 'typescript'), { compilerOptions, include: ['*.cts'] });
  });
});
