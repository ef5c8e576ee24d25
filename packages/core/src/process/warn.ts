/** Our own warnings: each code once, through `process.emitWarning`, never through the hooked streams. */
import { messages } from './debug.ts';
import { giveWarning, isAmong, type WarningCode } from './emit-warning.ts';

/** Warns the user once per code, without credentials. Never throws. */
export function warn(code: WarningCode, text: string): void {
  if (messages.warned.has(code)) return;
  messages.warned.set(code, '');
  try {
    giveWarning(code, text, messages);
  } catch {
    // A warning listener of the application threw. That must not reach the code that logged.
  }
}

/** Whether this is a warning that this thread has given, as Node prints it. Its name alone is no sign: anybody can log that. */
export function isOwnWarning(text: string): boolean {
  return messages.warned.size > 0 && isAmong(messages.warned, text);
}

/** From here on warnings are emitted at once. Called when the process begins to exit. */
export function warnAtOnce(): void {
  messages.exiting = true;
}
