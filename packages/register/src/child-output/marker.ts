/**
 * The environment variable in which a process tells its children where to note what they ship: in the folder of whoever reads
 * their output. Pure.
 */
import { resolve } from 'node:path';
import { attempt, randomId } from '@direct-logging/core';

/** With this variable, a process tells its children where its output leads, and who reads it. */
export const STDIO_VARIABLE = 'DIRECT_LOGGING_STDIO';

export interface Descriptor {
  /** Equal for two descriptors that lead to the same file, pipe or terminal. Without spaces. */
  readonly identity: string;
  /** Whether another process reads it: true for a pipe or a socket, false for a file or a terminal. */
  readonly isRead: boolean;
}

export interface PerStream<T> {
  readonly stdout: T;
  readonly stderr: T;
}

/** For each stream, the folder of the process that reads it. Undefined if no such process is known. */
export type Readers = PerStream<string | undefined>;

const NOBODY = '-';
const FOLDER = /[\\/]direct-logging-(\d+)-[0-9a-z]{8,}$/;

/** A path in this directory for the folder of a process. It is too random to be guessed. */
export function folderOf(pid: number, directory: string): string {
  return resolve(directory, `direct-logging-${pid}-${randomId()}${randomId()}${randomId()}`);
}

/** The process whose folder this is. Undefined for any other path, and for one that is relative or has a `..` in it. */
export function ownerOf(path: string): number | undefined {
  const [, pid] = FOLDER.exec(path) ?? [];
  return pid !== undefined && resolve(path) === path ? Number(pid) : undefined;
}

/** The value of `STDIO_VARIABLE` for the children of a process with this folder, these descriptors and these readers. */
export function markerOf(folder: string, stdio: PerStream<Descriptor>, readers: Readers): string {
  const { stdout = NOBODY, stderr = NOBODY } = readers;
  return [folder, stdio.stdout.identity, stdout, stdio.stderr.identity, stderr]
    .map(encodeURI)
    .join(' ');
}

/**
 * Output that leads where the parent's output leads has the same reader. Any other pipe was made for this process and is
 * most likely read by the parent. If it is not, the parent does not use the notes.
 */
export function readersOf(marker: string | undefined, stdio: PerStream<Descriptor>): Readers {
  const [parent, ...places] = attempt(() => marker?.split(' ').map(decodeURI)) ?? [];
  const readerOf = ({ identity, isRead }: Descriptor): string | undefined => {
    const at = [0, 2].find((place) => places[place] === identity);
    const reader = (at === undefined ? parent : places[at + 1]) ?? NOBODY;
    return isRead && places.length === 4 && ownerOf(reader) !== undefined ? reader : undefined;
  };
  return { stdout: readerOf(stdio.stdout), stderr: readerOf(stdio.stderr) };
}
