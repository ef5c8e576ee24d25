/** Folders and files that only this user can change: the one place that opens files whose folder others may reach. @lazy */
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { takeStandardNumbers } from './standard-numbers.ts';

/** What a private file is opened for. `create` fails if it exists; `write pipe`, for a named pipe, if nobody reads it. */
export type Access = 'read' | 'create' | 'read pipe' | 'write pipe';

// Windows has neither users nor these flags.
const { O_RDONLY, O_WRONLY, O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
const FLAGS: Readonly<Record<Access, number>> = {
  read: O_RDONLY | O_NONBLOCK,
  create: O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NONBLOCK,
  'read pipe': O_RDONLY | O_NONBLOCK,
  'write pipe': O_WRONLY | O_NONBLOCK,
};
const OTHERS_MAY_WRITE = 0o022;

/** Makes a folder that only this user can use, and the folders above it. Throws if there is one that others can change. */
export function makePrivateFolder(path: string): void {
  makeFolder(path, true);
  checkPrivateFolder(path);
}

/** Throws if others can change the folder: a link, the folder of another user, or one that its group or everybody may write to. */
export function checkPrivateFolder(path: string): void {
  const stat = lstatSync(path);
  if (!stat.isDirectory()) throw new Error(`${path} must be a directory, and not a link to one`);
  const why = distrust(stat);
  if (why !== undefined) {
    throw new Error(`${path} ${why}. Name a directory inside it: it is made with the right mode`);
  }
}

/** Not Node's recursive `mkdir`: it never returns where a directory cannot be made although its parent exists (procfs). */
function makeFolder(path: string, withParents: boolean): void {
  try {
    mkdirSync(path, 0o700);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Another process may have made it at the same time.
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || !withParents || dirname(path) === path) throw error;
    makeFolder(dirname(path), true);
    makeFolder(path, false);
  }
}

/**
 * Opens a file and returns its descriptor. Throws if it is not a regular file with one name that belongs to this user or to root.
 * Follows no link, and waits for nobody at the other end of a pipe.
 */
export function openPrivateFile(path: string, access: Access): number {
  const giveBack = takeStandardNumbers();
  let descriptor: number;
  try {
    descriptor = openSync(path, FLAGS[access] | O_NOFOLLOW, 0o600);
  } finally {
    giveBack();
  }
  try {
    // Asked of the descriptor: the name may mean another file by now.
    const stat = fstatSync(descriptor);
    const isRight = access.endsWith('pipe') ? stat.isFIFO() : stat.isFile();
    const why = !isRight
      ? `is no ${access.endsWith('pipe') ? 'pipe' : 'regular file'}`
      : stat.nlink > 1
        ? 'is linked'
        : distrust(stat);
    if (why !== undefined) throw new Error(`${path} ${why}`);
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** Reads a whole private file. Throws if it is larger than `maxBytes`. */
export function readPrivateFile(path: string, maxBytes: number): Buffer {
  const descriptor = openPrivateFile(path, 'read');
  try {
    const { size } = fstatSync(descriptor);
    if (size > maxBytes) throw new Error(`${path} has ${size} bytes, more than ${maxBytes}`);
    // `readFileSync` would read a file whole that has grown meanwhile.
    const bytes = Buffer.allocUnsafe(size);
    let length = 0;
    for (let read = 1; read > 0 && length < size; length += read) {
      read = readSync(descriptor, bytes, length, size - length, length);
    }
    return bytes.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}

/** Puts a whole file in place at once: whoever reads it sees the old bytes or the new ones. */
export function writePrivateFile(path: string, bytes: Uint8Array, mode = 0o600): void {
  const temporary = `${path}.${process.pid}.tmp`;
  rmSync(temporary, { force: true });
  const descriptor = openPrivateFile(temporary, 'create');
  try {
    writeFileSync(descriptor, bytes);
    fchmodSync(descriptor, mode);
  } finally {
    closeSync(descriptor);
  }
  renameSync(temporary, path);
}

/** Why others can change it; undefined if they can't. Root can change everything anyway. */
function distrust({ uid, mode }: Stats): string | undefined {
  const own = process.geteuid?.();
  if (own === undefined) return undefined;
  if (uid !== own && uid !== 0) return `belongs to another user (${uid})`;
  return (mode & OTHERS_MAY_WRITE) === 0 ? undefined : 'can be written to by others';
}
