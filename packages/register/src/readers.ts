/** Tells which processes read the output of this one, from what a parent has left in the environment. Pure. */

/** With this variable, a process tells its children where its output leads, and where they note what they ship. */
export const STDIO_VARIABLE = 'DIRECT_LOGGING_STDIO';

/** What a descriptor leads to. */
export interface Descriptor {
  /** Equal for two descriptors that lead to the same file, pipe or terminal. Without spaces. */
  readonly identity: string;
  /** Whether another process reads it: true for a pipe or a socket, false for a file or a terminal. */
  readonly isRead: boolean;
}

/** One value for each of the two output streams. */
export interface PerStream<T> {
  readonly stdout: T;
  readonly stderr: T;
}

/** For each stream, the name of the ledger that its reader looks into. Undefined if no reader with a ledger is known. */
export type Readers = PerStream<string | undefined>;

const NOBODY = '-';

/** The value of `STDIO_VARIABLE` for the children of a process with this ledger, these descriptors and these readers. */
export function markerOf(ledger: string, stdio: PerStream<Descriptor>, readers: Readers): string {
  const { stdout = NOBODY, stderr = NOBODY } = readers;
  return [ledger, stdio.stdout.identity, stdout, stdio.stderr.identity, stderr].join(' ');
}

/**
 * Output that leads where the parent's output leads has the same reader. Any other pipe was made for this process and is
 * most likely read by the parent. If it is not, the parent does not use the notes.
 */
export function readersOf(marker: string | undefined, stdio: PerStream<Descriptor>): Readers {
  const [parent, ...places] = marker?.split(' ') ?? [];
  if (places.length !== 4) return { stdout: undefined, stderr: undefined };
  const readerOf = ({ identity, isRead }: Descriptor): string | undefined => {
    const at = [0, 2].find((place) => places[place] === identity);
    const reader = at === undefined ? parent : places[at + 1];
    return isRead && reader !== NOBODY ? reader : undefined;
  };
  return { stdout: readerOf(stdio.stdout), stderr: readerOf(stdio.stderr) };
}
