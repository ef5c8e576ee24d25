/**
 * Runs the benchmarks one after the other, or those whose names are given: `npm run bench -- capture`. Arguments that begin
 * with dashes are passed to them: `npm run bench -- loggers --write`.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const folder = import.meta.dirname;
const isFlag = (argument: string) => argument.startsWith('--');
const flags = process.argv.slice(2).filter(isFlag);
const wanted = process.argv.slice(2).filter((argument) => !isFlag(argument));
const benchmarks = readdirSync(folder)
  .filter(
    (name) => /^[a-z-]+\.ts$/.test(name) && name !== 'run.ts' && !name.endsWith('-program.ts'),
  )
  .filter((name) => wanted.length === 0 || wanted.some((word) => name.startsWith(word)));

if (benchmarks.length === 0) {
  console.error(`There is no benchmark called ${wanted.join(' or ')}.`);
  process.exitCode = 1;
}
for (const name of benchmarks) {
  console.log(`\n${name}`);
  const { status } = spawnSync(process.execPath, [join(folder, name), ...flags], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exitCode = 1;
}
