/** The directory of a spool, and its files as seen by the processes that share it. */
import fs from 'node:fs';
import { join } from 'node:path';
import { openPrivateFile, readPrivateFile } from '../../process/private-files.ts';
import { type FileName, isSpoolFile, parseFileName } from './file-name.ts';
import { isForgotten, isOrphan } from './owners.ts';
import { UNCOUNTED } from './segment.ts';

export interface Orphan {
  readonly path: string;
  /** Undefined for a name that is not ours to read. */
  readonly name: FileName | undefined;
  /** True when it has not been touched for a long time. */
  readonly isForgotten: boolean;
  /** True when it can't be a file of ours. */
  readonly isTooLarge: boolean;
}

/** Four times what a segment can have. A larger file is none of ours, and is not read into memory. */
const MAX_FILE_BYTES: number = 2 ** 21;
/** Whoever takes over a file removes this permission before reading it. The writer of the file sees that by its descriptor. */
const MAY_WRITE = 0o200;
const READ_ONLY = 0o400;

/** Bytes of all spool files together, including those of other processes. */
export function bytesIn(directory: string): number {
  return fs
    .readdirSync(directory)
    .filter(isSpoolFile)
    .map((file) => fs.lstatSync(join(directory, file), { throwIfNoEntry: false })?.size ?? 0)
    .filter((size) => size <= MAX_FILE_BYTES)
    .reduce((sum, size) => sum + size, 0);
}

/** Undefined when the file is gone. */
export function textOf(path: string): string | undefined {
  try {
    return readPrivateFile(path, MAX_FILE_BYTES).toString();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export function countLines(path: string): number {
  try {
    return (textOf(path) ?? '').split('\n').length - 1;
  } catch {
    return UNCOUNTED;
  }
}

/** Files that processes left, as judged by a process in this space. Skips its own files. */
export function orphansIn(
  directory: string,
  space: string,
  now: number,
  isOwn: (file: string) => boolean,
): Orphan[] {
  const orphans: Orphan[] = [];
  for (const file of fs.readdirSync(directory, { withFileTypes: true })) {
    if (!file.isFile() || !isSpoolFile(file.name) || isOwn(file.name)) continue;
    const path = join(directory, file.name);
    const stat = fs.lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) continue;
    const name = parseFileName(file.name);
    const isOld = isForgotten(now - stat.mtimeMs);
    const isLeft = name === undefined ? isOld : isOrphan(name.owner, space, isOld);
    const isTooLarge = stat.size > MAX_FILE_BYTES;
    if (isLeft) orphans.push({ path, name, isForgotten: isOld, isTooLarge });
  }
  return orphans;
}

/** If several processes see the same orphan, the rename decides: it succeeds for only one of them. */
export function takeOver(from: string, to: string, now: number): boolean {
  try {
    const descriptor = openPrivateFile(from, 'read');
    try {
      fs.renameSync(from, to);
      fs.fchmodSync(descriptor, READ_ONLY);
    } finally {
      fs.closeSync(descriptor);
    }
    // A rename keeps the old modification time, so others would take the file for an orphan again.
    touch(to, now);
    return true;
  } catch {
    return false;
  }
}

/**
 * Whether another process has taken over the file that this descriptor writes to, or somebody has removed it. Asked after a line was
 * written: if not, whoever takes the file later reads the line.
 */
export function wasTaken(descriptor: number): boolean {
  const { mode, nlink } = fs.fstatSync(descriptor);
  return nlink === 0 || (mode & MAY_WRITE) === 0;
}

/** Shows that this process is alive to processes that cannot look for it. False when the file no longer exists. */
export function touch(path: string, now: number): boolean {
  try {
    // Does not follow a link, if somebody has put one there.
    fs.lutimesSync(path, now / 1000, now / 1000);
    return true;
  } catch {
    return fs.existsSync(path);
  }
}
