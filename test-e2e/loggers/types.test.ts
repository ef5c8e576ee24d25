/** The packages as a user's compiler sees them, from the tarballs that would be published. */
import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runProgram } from '../environment/run-program.ts';
import { type ScratchProject, scratchProject } from '../environment/scratch-project.ts';

const PROGRAMS = fileURLToPath(new URL('./fixtures/types/', import.meta.url));
const require = createRequire(import.meta.url);
const COMPILER = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc');
const TYPES = dirname(dirname(require.resolve('@types/node/package.json')));

let project: ScratchProject;
beforeAll(async () => {
  const names = readdirSync(PROGRAMS);
  project = await scratchProject({
    dependencies: { pino: '10.4.0', winston: '3.19.0' },
    files: Object.fromEntries(names.map((name) => [name, PROGRAMS + name])),
  });
});
afterAll(() => project?.remove());

it('types are found by modules and by CommonJS, and infer', async () => {
  const compilerOptions = {
    ...{ module: 'nodenext', target: 'es2022', noEmit: true },
    ...{ strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false },
    ...{ typeRoots: [TYPES], types: ['node'] },
  };
  await writeFile(join(project.folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  const run = await runProgram({
    cwd: project.folder,
    args: [COMPILER, '-p', '.'],
    timeoutMs: 50_000,
  });
  expect(run).toMatchObject({ code: 0, stdout: '', stderr: '' });
});
