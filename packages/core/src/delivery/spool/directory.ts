/** The directory of a spool, and its files as seen by the processes that share it. */
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { type FileName, isSpoolFile, parseFileName } from './file-name.ts';
import { isForgotten, isOrphan } from './owners.ts';

/** A file that another process left. */
export interface Orphan {
  readonly path: string;
  /** Undefined for a name that is not ours to read. */
  readonly name: FileName | undefined;
  /** True when it has not been touched for a long time. */
  readonly isForgotten: boolean;
}

/** Not Node's recursive `mkdir`: it never returns where a directory cannot be made although its parent exists (procfs). */
export function makeDirectory(path: string, withParents = true): void {
  try {
    fs.mkdirSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Another process may have made it at the same time.
    if (code === 'EEXIST' && fs.statSync(path).isDirectory()) return;
    if (code !== 'ENOENT' || !withParents || dirname(path) === path) throw error;
    makeDirectory(dirname(path));
    makeDirectory(path, false);
  }
}

/** Bytes of all spool files together, including those of other processes. */
export function bytesIn(directory: string): number {
  return fs
    .readdirSync(directory)
    .filter(isSpoolFile)
    .map((file) => fs.statSync(join(directory, file), { throwIfNoEntry: false })?.size ?? 0)
    .reduce((sum, size) => sum + size, 0);
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
    const touched = fs.statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (touched === undefined) continue;
    const name = parseFileName(file.name);
    const isOld = isForgotten(now - touched);
    const isLeft = name === undefined ? isOld : isOrphan(name.owner, space, isOld);
    if (isLeft) orphans.push({ path, name, isForgotten: isOld });
  }
  return orphans;
}

/** If several processes see the same orphan, the rename decides: it succeeds for only one of them. */
export function takeOver(from: string, to: string, now: number): boolean {
  try {
    // Another user's file may be unreadable, and then is of no use to us.
    fs.accessSync(from, fs.constants.R_OK);
    fs.renameSync(from, to);
    // A rename keeps the old modification time, so others would take the file for an orphan again.
    touch(to, now);
    return true;
  } catch {
    return false;
  }
}

/** Shows that this process is alive to processes that cannot look for it. False when the file no longer exists. */
export function touch(path: string, now: number): boolean {
  try {
    fs.utimesSync(path, now / 1000, now / 1000);
    return true;
  } catch {
    return fs.existsSync(path);
  }
}
