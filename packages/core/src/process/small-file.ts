/** Reads small files that somebody else may replace at any time. */
import fs from 'node:fs';

const { closeSync, constants, fstatSync, openSync, readSync } = fs;

/**
 * Asks the descriptor, since the path may lead elsewhere by now, and waits for nobody at the other end of a pipe.
 * @param mustBeOwn Whether the file must be this user's, and no link. Otherwise links are followed.
 * @throws Error if it is not such a file, is larger than `maxBytes`, or cannot be read.
 */
export function readSmallFile(path: string, maxBytes: number, mustBeOwn = false): string {
  // Windows has none of these.
  const { O_NONBLOCK = 0, O_NOFOLLOW = 0 } = constants;
  const descriptor = openSync(path, O_NONBLOCK | (mustBeOwn ? O_NOFOLLOW : 0));
  try {
    const stat = fstatSync(descriptor);
    const isRight = stat.isFile() && !(mustBeOwn && stat.uid !== process.geteuid?.());
    const bytes = Buffer.alloc(maxBytes + 1);
    const length = isRight ? readSync(descriptor, bytes) : bytes.length;
    if (length > maxBytes) throw new Error('it is not a small file');
    return bytes.toString('utf8', 0, length);
  } finally {
    closeSync(descriptor);
  }
}
