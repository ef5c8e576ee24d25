/** The name of the package that the program belongs to. */
import fs from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { readSmallFile } from './small-file.ts';

/** Everybody may write, and remove only what is their own. */
const SHARED = 0o1002;
/** A program below this folder is a tool of the package around the folder. */
const INSTALLED = /[/\\]node_modules[/\\]/g;

/**
 * The name in the program's nearest package.json that has a name; undefined when there is none. An installed program, such as
 * `next`, is a tool of the package around it. A program that is installed for the whole machine has its own name. If the program
 * is not a file (`-e`, standard input, a worker thread made from text), the search starts in the working directory. Never throws.
 * @param program Its path. With an empty one the search starts in the working directory. Default: that of this process.
 */
export function packageName(program: string | undefined = process.argv[1]): string | undefined {
  try {
    if (program === undefined || !isAbsolute(program)) return nameAbove(process.cwd());
    // For `node .` it is the absolute path of a folder. Installed commands are links. For `node app` there is no file of this name.
    const path = fs.existsSync(program) ? fs.realpathSync.native(program) : program;
    // What is linked into a package, as by `npm link` or from a store, is its tool, too.
    return nameAround(program) ?? nameAround(path) ?? nameAbove(path);
  } catch {
    // The working directory is gone, or a name is not a path.
    return undefined;
  }
}

/** Of the package that the program is installed in; undefined when there is none. */
function nameAround(program: string): string | undefined {
  for (const { index } of program.matchAll(INSTALLED)) {
    const folder = program.slice(0, index);
    const name = fs.existsSync(join(folder, 'package.json')) ? nameAbove(folder) : undefined;
    if (name !== undefined) return name;
  }
  return undefined;
}

function nameAbove(folder: string): string | undefined {
  const name = nameIn(join(folder, 'package.json'));
  const above = dirname(folder);
  return name === undefined && above !== folder ? nameAbove(above) : name;
}

/** The name in a package.json. Never throws, and waits for nobody who has put something else there. */
export function nameIn(path: string): string | undefined {
  try {
    if (!fs.existsSync(path)) return undefined;
    // In a folder such as `/tmp`, anybody can put a file beside the programs of others.
    const isShared = (fs.statSync(dirname(path)).mode & SHARED) === SHARED;
    const { name } = JSON.parse(readSmallFile(path, undefined, isShared)) as { name?: unknown };
    return typeof name === 'string' && name !== '' ? name : undefined;
  } catch {
    // It cannot be read, is somebody else's, or is not JSON.
    return undefined;
  }
}
