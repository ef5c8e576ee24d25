/**
 * Part of `npm ci`: links the Node that it brings, so that the scripts run on it, where npm 10 has not: of two packages with a
 * command of one name, here one for each processor, it may link none.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

const binary = join(`node-${process.platform}-${process.arch}`, 'bin/node');
const modules = join(import.meta.dirname, '../node_modules');
const link = join(modules, '.bin/node');

if (!existsSync(link) && spawnSync(join(modules, binary), ['--version']).status === 0) {
  symlinkSync(join('..', binary), link);
}
