/** Tells who reads the output of this process, from what a parent process has left in the environment. Pure. */

/** The variable by which a process tells its children where its output leads, and where they note what they ship. */
export const STDIO_VARIABLE = 'DIRECT_LOGGING_STDIO';

/** What a descriptor leads to. */
export interface Descriptor {
  /** Equal for two descriptors that lead to the same file, pipe or terminal. Without spaces. */
  readonly identity: string;
  /** Whether somebody has to read it: a pipe or a socket, and no file or terminal. */
  readonly isRead: boolean;
}

/** One of each for the two output streams. */
export interface PerStream<T> {
  readonly stdout: T;
  readonly stderr: T;
}

/** The names of the ledgers that the readers of both streams look into; undefined where no reader of ours is known. */
export type Readers = PerStream<string | undefined>;

const NOBODY = '-';

/** The value of `STDIO_VARIABLE` for the children of a process with this ledger, these descriptors and these readers. */
export function markerOf(ledger: string, stdio: PerStream<Descriptor>, readers: Readers): string {
  const { stdout = NOBODY, stderr = NOBODY } = readers;
  return [ledger, stdio.stdout.identity, stdout, stdio.stderr.identity, stderr].join(' ');
}

/**
 * Output that leads where the parent's leads has the same reader. Any other pipe was made for this
 * process and is most likely read by the parent; where it is not, nobody looks into the ledger.
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
