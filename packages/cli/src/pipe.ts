/** A pipe for the output of a program. */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { attempt, openPrivateFile, temporaryFolder } from '@direct-logging/core';

export interface Pipe {
  /** For `stdio` of `spawn`. */
  readonly writeEnd: number | 'pipe';
  /** Undefined if the child process has it, as its `stdout` or `stderr`. */
  readonly readable: Readable | undefined;
  /** Called when the program has its own copy. Otherwise the pipe would not end with the program. */
  closeWriteEnd(): void;
}

/**
 * What `child_process` calls a pipe is a socket: a program cannot open `/dev/stdout` on it, and a Node program loses output
 * on it at `process.exit` (https://github.com/nodejs/node/issues/21941,
 * https://github.com/nodejs/node/issues/53242). So this makes a named pipe and removes its name at once. If that fails, it is a socket.
 */
export function openPipe(): Pipe {
  // Windows has no such pipes, and would run a `mkfifo` of the working directory.
  const named = process.platform === 'win32' ? undefined : attempt(openNamed);
  return named ?? { writeEnd: 'pipe', readable: undefined, closeWriteEnd: () => {} };
}

function openNamed(): Pipe {
  const folder = mkdtempSync(join(temporaryFolder(), 'direct-logging-'));
  const path = join(folder, 'direct-logging-pipe');
  try {
    spawnSync('mkfifo', ['-m', '600', path], { stdio: 'ignore' });
    const readEnd = openPrivateFile(path, 'read pipe');
    // Opening does not wait, whatever somebody has put there by now. Writes to the program's copy do: libuv sees to that.
    const writeEnd = openPrivateFile(path, 'write pipe');
    return {
      writeEnd,
      readable: new Socket({ fd: readEnd, readable: true, writable: false }),
      closeWriteEnd: () => closeSync(writeEnd),
    };
  } finally {
    // By a name that nobody else gives, and not recursively: somebody may have put another folder in its place.
    // What is left behind does no harm.
    attempt(() => rmSync(path, { force: true }));
    attempt(() => rmdirSync(folder));
  }
}
