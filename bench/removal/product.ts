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
import { join, sep } from 'node:path';
import { runCommand } from '../../test-e2e/environment/run-command.ts';
import { beside } from '../measure/told.ts';
import { type Change, changed, PARTS, type Part } from './parts.ts';

const ROOT = beside(import.meta, '../../');
const folder = mkdtempSync(join(tmpdir(), 'direct-logging-bench-'));
// What is in the folder finds the packages of others there.
symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** Its packages are in `packages/`, as in the repository. Removed when this process ends. */
export function productWithout(...parts: readonly Part[]): Promise<string> {
  return productWith(
    parts.join('+').replaceAll(' ', '-'),
    parts.flatMap((part): readonly Change[] => PARTS[part]),
  );
}

/** The same with these changes, under a name of its own. */
async function productWith(name: string, changes: readonly Change[]): Promise<string> {
  const product = join(folder, name);
  if (existsSync(product)) return product;
  for (const part of ['packages', 'scripts', 'package.json', 'tsconfig.base.json']) {
    cpSync(join(ROOT, part), join(product, part), { recursive: true });
  }
  // Our packages find each other in the copy.
  mkdirSync(join(product, 'node_modules'));
  symlinkSync(join(product, 'packages'), join(product, 'node_modules/@direct-logging'));
  for (const change of changes) apply(change, product);
  await runCommand(process.execPath, [join(product, 'scripts/bundle.ts')]);
  return product;
}

/** Only the preload with these changes, in this folder. */
export async function preloadWith(changes: readonly Change[], to: string): Promise<void> {
  const product = await productWith(to.replaceAll(sep, '-'), changes);
  cpSync(`${product}/packages/auto/dist`, to, { recursive: true });
  cpSync(`${product}/packages/auto/package.json`, `${to}/package.json`);
}

/** @throws Error if the source has changed. */
function apply(change: Change, product: string): void {
  const path = join(product, 'packages', change.file);
  writeFileSync(path, changed(readFileSync(path, 'utf8'), change));
}
