/** Sees what this thread reads from the processes that it starts: the lines of their output, as the program gets them. */
import type { ChildProcess } from 'node:child_process';
import { attempt, guarded, rest, watchCalls, watchChannel } from '@direct-logging/core';
import { addOutput, type SyncResult, tellReader, watchOutput } from './child-data.ts';
import type { ReadLines } from './read-lines.ts';

/** Gives what learns about children. If it throws, lines may be shipped twice. */
type Lines = () => Pick<ReadLines, 'start' | 'open'>;

/** On this channel, Node publishes every process that it is about to start in this thread, unless it then waits for it. */
const CHANNEL = 'child_process';

/**
 * Returns a function that stops it.
 * @param marker What children find in `STDIO_VARIABLE`.
 */
export function watchChildren(marker: string | undefined, lines: Lines): () => void {
  const onChild = guarded((message: unknown): void => {
    const { process: child } = message as { readonly process: ChildProcess };
    attempt(() => lines().start());
    const restore = watchCalls(child, 'spawn', (_, [options]) => {
      restore();
      tellReader(options, marker);
    });
    // Its streams are made after this, and nothing arrives from them before the next tick.
    process.nextTick(guarded(() => watchOutput(child, () => lines().open())));
  });
  const stopWatching = watchChannel(CHANNEL, onChild);
  // Node's permission model does not allow it.
  const stopSync = attempt(() => watchSync(marker, lines));
  return () => {
    stopWatching();
    stopSync?.();
  };
}

/**
 * `spawnSync`, `execSync` and `execFileSync` call this one function of Node's own
 * (https://github.com/nodejs/node/blob/main/lib/internal/child_process.js), which is there before `node:child_process` is loaded:
 * loading that takes a millisecond of every start. With `--pending-deprecation`, Node warns of whoever asks for it
 * (https://nodejs.org/api/deprecations.html#DEP0111), so we do not.
 */
function watchSync(marker: string | undefined, lines: Lines): (() => void) | undefined {
  const { NODE_OPTIONS = '', NODE_PENDING_DEPRECATION } = process.env;
  const flags = `${process.execArgv} ${NODE_OPTIONS}`;
  if (NODE_PENDING_DEPRECATION === '1' || flags.includes('--pending-deprecation')) return undefined;
  const bindings = process as unknown as { binding(name: string): object };
  return watchCalls(bindings.binding('spawn_sync'), 'spawn', (_, [options]) => {
    rest();
    attempt(() => lines().start());
    attempt(() => tellReader(options, marker));
    return (result: SyncResult) => addOutput(result, () => lines().open());
  });
}
