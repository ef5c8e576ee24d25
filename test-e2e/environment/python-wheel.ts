/** Packages of PyPI that are programs and need no Python to run. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from './run-command.ts';

/** Unpacks one into the folder, without what it depends on. `flags` are pip's. */
export async function unpackWheel(
  requirement: string,
  folder: string,
  flags: readonly string[] = [],
): Promise<void> {
  const download = ['-m', 'pip', 'download', '--no-deps', '--only-binary=:all:', ...flags];
  await runCommand('python3', [...download, '--dest=wheel', requirement], { cwd: folder });
  const [file = ''] = await readdir(join(folder, 'wheel'));
  await runCommand('python3', ['-m', 'zipfile', '-e', join('wheel', file), '.'], { cwd: folder });
  await rm(join(folder, 'wheel'), { recursive: true });
}
