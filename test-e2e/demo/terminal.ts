/** Whether a person watches the demo, and what that person presses. */
import { once } from 'node:events';

/** True on a terminal, for output and keys. */
export function isWatched(): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true;
}

/** Resolves when any key is pressed, Ctrl-C too. */
export async function untilKeyIsPressed(): Promise<void> {
  process.stdin.setRawMode(true);
  process.stdin.resume();
  await once(process.stdin, 'data');
  process.stdin.setRawMode(false);
  process.stdin.pause();
}
