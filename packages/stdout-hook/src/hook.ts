/** Installs every hook of this package in the running process, once, and removes them again. */
import {
  attempt,
  debug,
  type Integration,
  ownOptions,
  type PrintTracker,
} from '@direct-logging/core';
import { Capture, type LogTarget, type WriterPlugin } from './capture.ts';
import { hookConsole } from './console-calls.ts';
import { hookDescriptors } from './descriptor-writes.ts';
import { hookWhenFirstUsed } from './lazy-streams.ts';
import { hookNativeConsole } from './native-console.ts';
import { hookStream } from './stream-writes.ts';
import { hookTerminations } from './terminations.ts';
import { followWorkers } from './worker-output.ts';
import { markWrites } from './worker-streams.ts';
import { lineWriters } from './writers/all.ts';

/** What is captured. */
export interface HookOptions {
  /**
   * Capture only `fs` writes to descriptors 1 and 2, not the console or the streams. For a worker thread: its console and
   * streams are piped to its parent and captured there, with marks that tell the level. Default: false.
   */
  readonly descriptorsOnly?: boolean;
  /** Tells what else prints in this process, such as Lambda's runtime client. Default: `process.env`. */
  readonly env?: NodeJS.ProcessEnv;
  /** The tracker that is shared with the integrations of loggers. Default: that of this thread. */
  readonly printing?: PrintTracker;
}

const installed = Symbol.for('direct-logging.stdout-hook');

/**
 * Gives the target a copy of everything that this thread prints, without changing what is printed.
 *
 * A second call changes nothing and returns the undo of the first one, even if it comes from another copy of this package.
 *
 * @example
 * const unhook = hookStdout({ write: ({ text, level }) => lines.push(`${level} ${text}`) });
 * @returns Passes on unfinished lines and restores what was there before. A patch that was put on top of ours meanwhile
 * stays; our function below it then only calls the original.
 */
export function hookStdout(target: LogTarget, given: HookOptions = {}): () => void {
  const options = ownOptions(given);
  const known: unknown = Reflect.get(globalThis, installed);
  if (typeof known === 'function') return known as () => void;

  const writers = lineWriters(options.env ?? process.env);
  const capture = new Capture(target, writers, options.printing);
  const hooks = options.descriptorsOnly === true ? marks(capture) : everything(capture, writers);
  hooks.push(() => hookDescriptors(capture));
  hooks.push(() => hookTerminations(capture, options.descriptorsOnly !== true));

  // A stream can be missing, or one that cannot be patched.
  const undos = hooks.map((hook) => attempt(hook) ?? (() => {}));
  const undo = (): void => {
    if (Reflect.get(globalThis, installed) !== undo) return;
    Reflect.deleteProperty(globalThis, installed);
    for (const undoOne of undos.reverse()) undoOne();
    capture.close();
  };
  const own = 'direct writes to the descriptors 1 and 2';
  debug(`captured: ${options.descriptorsOnly === true ? own : `console, stdout, stderr, ${own}`}`);
  Object.defineProperty(globalThis, installed, { value: undo, configurable: true });
  return undo;
}

/**
 * Captures what this thread prints. If its console and streams arrive in the thread that started it, captures only its
 * direct descriptor writes.
 */
export function stdoutHook(): Integration {
  return {
    name: 'stdout-hook',
    install: ({ transport, env, role, printing }) =>
      hookStdout(transport, { env, descriptorsOnly: role === 'descriptors', printing }),
  };
}

type Hook = () => (() => void) | undefined;

function everything(capture: Capture, writers: readonly WriterPlugin[]): Hook[] {
  const { bun, deno } = process.versions;
  return [
    // Streams first: if stdout is a file, its stream keeps the fs.writeSync that it finds when it is made.
    () => hookWhenFirstUsed('stdout', (stream) => hookStream(stream, capture.stdout, capture)),
    () => hookWhenFirstUsed('stderr', (stream) => hookStream(stream, capture.stderr, capture)),
    // Elsewhere, `console` does not print through the streams.
    () => ((bun ?? deno) === undefined ? hookConsole(capture) : hookNativeConsole(capture)),
    ...writers.map((writer) => () => writer.install?.(capture)),
    followWorkers,
  ];
}

function marks(capture: Capture): Hook[] {
  return [
    () => markWrites(process.stdout, capture),
    () => markWrites(process.stderr, capture),
    () => hookConsole(capture),
    followWorkers,
  ];
}
