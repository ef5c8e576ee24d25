/** The name of a spool file says which server and tenant its lines are for, and which thread wrote them. Pure. */
import { shortHash } from '../../record/hash.ts';
import { type Endpoint, placeOf } from '../../senders/endpoint.ts';

/** What others need to look for a thread. */
export interface Owner {
  /** Machine and process namespace: the number means this thread only there. */
  readonly space: string;
  readonly pid: number;
  /** When it was started, since numbers are reused; `0` if that is unknown. */
  readonly start: string;
}

export interface FileName {
  readonly destination: string;
  readonly owner: Owner;
}

const SUFFIX = '.spool';
/** Destination, host, namespace, process number, start, then transport and file number. */
const NAME = /^([0-9a-f]{16})\.([\w-]+\.\d+)\.(\d+)\.(\d+)\.[\w-]+\.spool$/;
const SEEDS = [0x811c9dc5, 0x01000193] as const;

/**
 * A hash of server, path and tenant, so that lines go only where they were meant to go. Credentials are not part of it: they
 * change, and do not belong in a name.
 */
export function destinationOf(
  endpoint: Endpoint,
  headers: Readonly<Record<string, string>>,
): string {
  const place = placeOf(endpoint, headers);
  return SEEDS.map((seed) => shortHash(place, seed)).join('');
}

/** The name of a file. `file` distinguishes the files of one owner. */
export function fileNameOf({ destination, owner }: FileName, file: string): string {
  const { space, pid, start } = owner;
  return [destination, space, pid, start, file].join('.') + SUFFIX;
}

/** Undefined for a name that is not ours to read. */
export function parseFileName(file: string): FileName | undefined {
  const [, destination, space, pid, start] = NAME.exec(file) ?? [];
  if (destination === undefined || space === undefined || start === undefined) return undefined;
  return { destination, owner: { space, pid: Number(pid), start } };
}

export function isSpoolFile(file: string): boolean {
  return file.endsWith(SUFFIX);
}
