/** Reads small files that somebody else may replace at any time. */
import fs from 'node:fs';

/** More than settings and manifests have. */
const MAX_BYTES = 1024 * 1024;

/**
 * Reads a whole file. Checks the descriptor, since the path may lead elsewhere by now, and waits for nobody at the other end of a pipe.
 * @param mustBeOwn Whether the file must be this user's, and no link. Otherwise links are followed.
 * @throws Error if it is not such a file, is larger than `maxBytes`, or cannot be read.
 */
export function readSmallFile(path: string, maxBytes = MAX_BYTES, mustBeOwn = false): string {
  // Windows has neither of these flags. There they count as 0.
  const { O_NONBLOCK, O_NOFOLLOW } = fs.constants;
  const descriptor = fs.openSync(path, O_NONBLOCK | (mustBeOwn ? O_NOFOLLOW : 0));
  try {
    const stat = fs.fstatSync(descriptor);
    const isRight = stat.isFile() && (!mustBeOwn || stat.uid === process.geteuid?.());
    const bytes = Buffer.alloc(maxBytes + 1);
    // With all arguments: graceful-fs reads nothing otherwise (https://github.com/isaacs/node-graceful-fs/blob/v4.2.11/polyfills.js#L149).
    const length = isRight ? fs.readSync(descriptor, bytes, 0, bytes.length, null) : bytes.length;
    if (length > maxBytes) throw new Error('it is not a small file');
    return bytes.toString('utf8', 0, length);
  } finally {
    fs.closeSync(descriptor);
  }
}
