/** The guard for every entry from outside: nothing that our code throws in an event, a timer or a hook reaches the program. */
import { debug } from './debug.ts';

/** Called with what was thrown. What it throws itself is ignored: the stack may be full. */
export type Failed = (error: unknown) => void;

/** Runs a step. Returns undefined if it throws. */
export function attempt<Result>(step: () => Result, failed: Failed = report): Result | undefined {
  try {
    return step();
  } catch (error) {
    say(error, failed);
    return undefined;
  }
}

/** A callback for the program, Node or another package that never throws. */
export function guarded<Args extends unknown[]>(
  act: (...args: Args) => unknown,
  failed: Failed = report,
): (...args: Args) => void {
  return (...args) => {
    try {
      act(...args);
    } catch (error) {
      say(error, failed);
    }
  };
}

function say(error: unknown, failed: Failed): void {
  try {
    failed(error);
  } catch {
    // Nothing more can be called here.
  }
}

function report(error: unknown): void {
  debug(`an error of ours: ${String((error as Error | undefined)?.stack ?? error)}`);
}
