/** The name of a spool file: it says for which server and tenant its lines are, and which process wrote them. Pure. */
import type { Endpoint } from '../../senders/endpoint.ts';

/** A process, as other processes can look for it. */
export interface Owner {
  /** Machine and process namespace: only there the number means this process. */
  readonly space: string;
  readonly pid: number;
  /** When it was started, since numbers are given again; `0` where that cannot be known. */
  readonly start: string;
}

/** What a name says. */
export interface FileName {
  readonly destination: string;
  readonly owner: Owner;
}

const SUFFIX = '.spool';
/** Destination, host, namespace, process number, start, transport with the number of the file. */
const NAME = /^([0-9a-f]{16})\.([\w-]+\.\d+)\.(\d+)\.(\d+)\.[\w-]+\.spool$/;
const SEEDS = [0x811c9dc5, 0x01000193] as const;

/**
 * Stands for server, path and tenant. Lines go nowhere else than where they were to go. Credentials are no part of it:
 * they change, and do not belong into a name.
 */
export function destinationOf(
  endpoint: Endpoint,
  headers: Readonly<Record<string, string>>,
): string {
  const { AccountID = '', ProjectID = '' } = headers;
  const text = `${endpoint.displayUrl} ${AccountID} ${ProjectID}`;
  return SEEDS.map((seed) => hash(text, seed)).join('');
}

/** The name of a file; `file` tells those of one owner apart. */
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

/** FNV-1a, 32 bits, in hexadecimal: node:crypto costs milliseconds at start. */
function hash(text: string, seed: number): string {
  let value = seed;
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193);
  return (value >>> 0).toString(16).padStart(8, '0');
}
