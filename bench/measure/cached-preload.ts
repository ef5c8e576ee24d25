/** The preload with V8's code cache, as a step of building an image makes it. */
import { cpSync } from 'node:fs';
import { runCommand } from '../../test-e2e/environment/run-command.ts';
import { beside } from './told.ts';

/**
 * Copies the preload into the folder, and makes its code cache there for this Node.
 * @param dist What is copied.
 */
export async function cachedPreload(
  node: string,
  folder: string,
  dist = beside(import.meta, '../../packages/auto/dist'),
): Promise<void> {
  const auto = beside(import.meta, '../../packages/auto');
  cpSync(dist, folder, { recursive: true });
  // It says that `import.js` is a module.
  cpSync(`${auto}/package.json`, `${folder}/package.json`);
  await runCommand(node, [`${folder}/code-cache.cjs`]);
}
