/** What a run looks like from outside, without what differs between any two runs of the same program. */
import type { ProgramRun } from '../environment/run-program.ts';

/** How a program ended and what it printed. */
export type Seen = Pick<ProgramRun, 'code' | 'signal' | 'stdout' | 'stderr'>;

/** Ids, times, and the garbage collector's diary that Node prints when the heap is exhausted. */
const VARIABLE: readonly (readonly [RegExp, string])[] = [
  // Of what Node's own C++ prints on Windows.
  [/\r\n/g, '\n'],
  [/"pid":\d+/g, '"pid":0'],
  [/"time":\d+/g, '"time":0'],
  [/\(node:\d+\)/g, '(node:0)'],
  [/^FATAL ERROR: .*heap out of memory$/gm, 'FATAL ERROR: heap out of memory'],
  // Through which of its own functions Node came there depends on what else was due in the same turn of the loop.
  [/^(\s+at|\d+:) .*\(node:internal\/(timers|process\/task_queues)\b.*\n?/gm, ''],
  [/^(<---|\[\d+:0|\s*\d+: (0x|[\dA-F]{16}\b)|-----).*\n?/gm, ''],
  [/\n{2,}/g, '\n'],
  [/^\n/g, ''],
  // Once for each thread that came to it before the process was over.
  [/(FATAL ERROR: heap out of memory\n)+/g, '$1'],
];

/** The same for two runs of one program. */
export function whatItPrinted({ code, signal, stdout, stderr }: ProgramRun): Seen {
  return { code, signal, stdout: withoutVariable(stdout), stderr: withoutVariable(stderr) };
}

function withoutVariable(text: string): string {
  return VARIABLE.reduce((shorter, [pattern, by]) => shorter.replaceAll(pattern, by), text);
}
