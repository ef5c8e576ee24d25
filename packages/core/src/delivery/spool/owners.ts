/** Which thread owns a spool file, and whether it still runs. */
import fs from 'node:fs';
import { isRunning, processSpace } from '../../process/process-space.ts';
import type { Owner } from './file-name.ts';

export type Life = 'running' | 'gone' | 'unknown';

export interface Look {
  readonly isThere: boolean;
  /** When the process with this number was started; undefined when that cannot be seen. */
  readonly start: string | undefined;
}

/** Owners touch their files every ten seconds. */
const ORPHAN_AFTER_MS = 60_000;

/** This thread. On Linux each thread has a number like that of a process, so the files of a thread that has ended are orphans, too. */
export function thisThread(): Owner {
  const { pid = process.pid, start = '0' } = statOf('thread-self');
  return { space: processSpace(), pid, start };
}

/** True when a running owner would have touched the file by now. */
export function isForgotten(untouchedMs: number): boolean {
  return untouchedMs > ORPHAN_AFTER_MS;
}

/** Whether another process, in this space, may take over the file. */
export function isOrphan(owner: Owner, space: string, isOld: boolean): boolean {
  const life = owner.space === space ? lifeOf(owner, lookFor(owner.pid)) : 'unknown';
  return life === 'gone' || (life === 'unknown' && isOld);
}

/** Judges what the system knows about a process number, which another process may have by now. Pure. */
export function lifeOf(owner: Owner, { isThere, start }: Look): Life {
  if (!isThere) return 'gone';
  if (start === undefined || owner.start === '0') return 'unknown';
  return start === owner.start ? 'running' : 'gone';
}

function lookFor(pid: number): Look {
  if (!isRunning(pid)) return { isThere: false, start: undefined };
  const { state, start } = statOf(pid);
  // A process that has ended keeps its number until its parent has read its status.
  return { isThere: state !== 'Z', start };
}

/** Fields 1, 3 and 22 of proc_pid_stat(5); `start` is in ticks since boot. */
function statOf(who: number | 'thread-self'): { pid?: number; state?: string; start?: string } {
  try {
    const stat = fs.readFileSync(`/proc/${who}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { pid: Number.parseInt(stat, 10), state: fields[0] ?? '', start: fields[19] ?? '0' };
  } catch {
    return {};
  }
}
