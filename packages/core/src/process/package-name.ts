/** The name of the package that the program belongs to. */
import fs from 'node:fs';
import { dirname, isAbsolute, join, sep } from 'node:path';

/** A program in this folder, such as `next`, is a tool of the package around the folder. */
const INSTALLED = `${sep}node_modules${sep}`;

/**
 * The name in the program's nearest package.json that has a name; undefined when there is none. If the program is not a file
 * (`-e`, standard input, a worker thread made from text), the search starts in the working directory. Never throws.
 * @param program Its path. With an empty one the search starts in the working directory. Default: that of this process.
 */
export function packageName(program: string | undefined = process.argv[1]): string | undefined {
  try {
    if (program === undefined || !isAbsolute(program)) return nameAbove(process.cwd());
    const installed = program.indexOf(INSTALLED);
    // It is a folder in `node .`, which Node shows with its whole path.
    return nameAbove(installed < 0 ? program : program.slice(0, installed));
  } catch {
    // The working directory is gone, or a name is not a path.
    return undefined;
  }
}

function nameAbove(folder: string): string | undefined {
  const name = nameIn(join(folder, 'package.json'));
  const above = dirname(folder);
  return name === undefined && above !== folder ? nameAbove(above) : name;
}

function nameIn(path: string): string | undefined {
  // Reading it would tell as well, but an exception costs more than all the rest.
  if (!fs.existsSync(path)) return undefined;
  try {
    const { name } = JSON.parse(fs.readFileSync(path, 'utf8')) as { readonly name?: unknown };
    return typeof name === 'string' && name !== '' ? name : undefined;
  } catch {
    // It cannot be read, or is not JSON.
    return undefined;
  }
}
