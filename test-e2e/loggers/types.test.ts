/** The packages as a user's compiler sees them, from the tarballs that would be published. */
import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { runProgram } from '../environment/run-program.ts';
import { scratchProject } from '../environment/scratch-project.ts';

const PROGRAMS = fileURLToPath(new URL('./fixtures/types/', import.meta.url));
const require = createRequire(import.meta.url);
const COMPILER = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc');
const TYPES = dirname(dirname(require.resolve('@types/node/package.json')));

/** The ends of the ranges that the packages name. */
const LOGGERS = [
  { pino: '10.4.0', winston: '3.19.0' },
  { pino: '8.0.0', winston: '3.2.0' },
];

it.each(LOGGERS)(
  'types are found by modules and by CommonJS, and infer, with pino $pino and winston $winston',
  { timeout: 180_000 },
  async (dependencies) => {
    const files = readdirSync(PROGRAMS).map((name) => [name, PROGRAMS + name]);
    const project = await scratchProject({ dependencies, files: Object.fromEntries(files) });
    try {
      const compilerOptions = {
        ...{ module: 'nodenext', target: 'es2022', noEmit: true },
        ...{ strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false },
        ...{ typeRoots: [TYPES], types: ['node'] },
      };
      await writeFile(join(project.folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
      const args = [COMPILER, '-p', '.'];
      const run = await runProgram({ cwd: project.folder, args, timeoutMs: 100_000 });
      expect(run).toMatchObject({ code: 0, stdout: '', stderr: '' });
    } finally {
      await project.remove();
    }
  },
);
