/** Processor time of the VictoriaLogs that this process has started. Linux only: read from /proc. */
import { readFile } from 'node:fs/promises';

/** `_SC_CLK_TCK` of every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
/** The index of the user time in what follows the name of the program in `/proc/<pid>/stat`. */
const USER = 11;

/** User and system time in microseconds. @throws Error when the server is not a child of this process. */
export async function serverCpu(): Promise<number> {
  const children = await readFile(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8');
  for (const pid of children.trim().split(' ')) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    if (!stat.includes('(victoria-logs)')) continue;
    const values = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const ticks = (values[USER] ?? 0) + (values[USER + 1] ?? 0);
    return (ticks * 1e6) / TICKS_PER_SECOND;
  }
  throw new Error('VictoriaLogs is no process of this one: its CPU cannot be read.');
}
