/** The directory of a spool, and its files as the processes see them that share it. */
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { type FileName, isSpoolFile, parseFileName } from './file-name.ts';
import { isForgotten, isOrphan } from './owners.ts';

/** A file that another process has left. */
export interface Orphan {
  readonly path: string;
  /** Undefined for a name that is not ours to read. */
  readonly name: FileName | undefined;
  /** Nobody seems to come for it. */
  readonly isForgotten: boolean;
}

/** Not Node's recursive one, which never returns where a directory cannot be made although its parent is there (procfs). */
export function makeDirectory(path: string, withParents = true): void {
  try {
    fs.mkdirSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Another process that starts at the same time may have been faster.
    if (code === 'EEXIST' && fs.statSync(path).isDirectory()) return;
    if (code !== 'ENOENT' || !withParents || dirname(path) === path) throw error;
    makeDirectory(dirname(path));
    makeDirectory(path, false);
  }
}

/** Bytes of all spool files together, those of other processes included. */
export function bytesIn(directory: string): number {
  return fs
    .readdirSync(directory)
    .filter(isSpoolFile)
    .map((file) => fs.statSync(join(directory, file), { throwIfNoEntry: false })?.size ?? 0)
    .reduce((sum, size) => sum + size, 0);
}

/** Files that processes have left, seen from one in this space; its own are skipped. */
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

/** The rename decides between processes that see the same orphan: it succeeds for one of them. */
export function takeOver(from: string, to: string, now: number): boolean {
  try {
    // Another user's is of no use to us.
    fs.accessSync(from, fs.constants.R_OK);
    fs.renameSync(from, to);
    // A rename leaves the time of the last change as it is, and by that others would take it for an orphan again.
    touch(to, now);
    return true;
  } catch {
    return false;
  }
}

/** Shows processes that cannot look at this one that it lives. False when the file is not there any more. */
export function touch(path: string, now: number): boolean {
  try {
    fs.utimesSync(path, now / 1000, now / 1000);
    return true;
  } catch {
    return fs.existsSync(path);
  }
}
