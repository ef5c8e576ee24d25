/** Which processes share their numbers with this one, and which of them run. @lazy shared */
import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Where process numbers mean the same: a container can have numbers of its own, and a directory can be shared by machines. */
export function processSpace(): string {
  let namespace = '0';
  try {
    namespace = readlinkSync('/proc/self/ns/pid').replace(/\D/g, '');
  } catch {
    // Only Linux has this file.
  }
  return `${hostname().replace(/[^\w-]/g, '_')}.${namespace}`;
}

/** Whether there is a process with this number, of whatever user. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
