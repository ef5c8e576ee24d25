/** Builds the product without some of its parts, in a folder of its own. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../test-e2e/environment/run-command.ts';
import { beside } from '../measure/told.ts';
import { type Change, changed, PARTS, type Part } from './parts.ts';

const ROOT = beside(import.meta, '../../');
const folder = mkdtempSync(join(tmpdir(), 'direct-logging-bench-'));
// What is in the folder finds the packages of others there.
symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** Its packages are in `packages/`, as in the repository. Removed when this process ends. */
export async function productWithout(...parts: readonly Part[]): Promise<string> {
  const product = join(folder, parts.join('+').replaceAll(' ', '-'));
  if (existsSync(product)) return product;
  for (const part of ['packages', 'scripts', 'package.json', 'tsconfig.base.json']) {
    cpSync(join(ROOT, part), join(product, part), { recursive: true });
  }
  // Our packages find each other in the copy.
  mkdirSync(join(product, 'node_modules'));
  symlinkSync(join(product, 'packages'), join(product, 'node_modules/@direct-logging'));
  for (const part of parts) for (const change of PARTS[part]) apply(change, product);
  await runCommand(process.execPath, [join(product, 'scripts/bundle.ts')]);
  return product;
}

/** @throws Error if the source has changed. */
function apply(change: Change, product: string): void {
  const path = join(product, 'packages', change.file);
  writeFileSync(path, changed(readFileSync(path, 'utf8'), change));
}
