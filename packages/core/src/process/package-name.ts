/** The name of the package that the program belongs to. */
import fs from 'node:fs';
import { dirname, isAbsolute, join, sep } from 'node:path';

/** A program in there is a tool of the package around it, as `next` is. */
const INSTALLED = `${sep}node_modules${sep}`;

/**
 * The name in the nearest package.json of the program that has one, as Node looks for it; undefined where there is none. Where the
 * program is no file (`-e`, the standard input, a worker thread of a text) that of the working directory. Never throws.
 * @param program Its path. Default: that of this process.
 */
export function packageName(program: string | undefined = process.argv[1]): string | undefined {
  try {
    if (program === undefined || !isAbsolute(program)) return nameAbove(process.cwd());
    const installed = program.indexOf(INSTALLED);
    return nameAbove(installed < 0 ? dirname(program) : program.slice(0, installed));
  } catch {
    // The working directory is gone, or a name is no path.
    return undefined;
  }
}

function nameAbove(folder: string): string | undefined {
  const name = nameIn(join(folder, 'package.json'));
  const above = dirname(folder);
  return name === undefined && above !== folder ? nameAbove(above) : name;
}

function nameIn(path: string): string | undefined {
  // Not to be read to find out: an exception costs more than all the rest.
  if (!fs.existsSync(path)) return undefined;
  try {
    const { name } = JSON.parse(fs.readFileSync(path, 'utf8')) as { readonly name?: unknown };
    return typeof name === 'string' && name !== '' ? name : undefined;
  } catch {
    // Nobody's package.
    return undefined;
  }
}
