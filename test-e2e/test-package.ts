/**
 * Runs the tests of the package in whose folder it is started, as a task of turbo: with the report as its output, a package whose
 * files and dependencies are as they were is not tested again, and is counted all the same.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { REPORT } from './environment/test-report.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const { name } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly name: string };
const { status } = spawnSync(
  process.execPath,
  [
    join(root, 'node_modules/vitest/vitest.mjs'),
    ...['run', '--root', root, '--project', name],
    ...[
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${join(process.cwd(), REPORT)}`,
    ],
  ],
  { stdio: 'inherit' },
);
process.exitCode = status ?? 1;
