/** Our own warnings: each code once, through `process.emitWarning`, never through the hooked streams. */
import { giveWarning, isAmong, type WarningCode } from './emit-warning.ts';
import { oncePerThread } from './once-per-thread.ts';
import { hideIn, type OwnCredentials, presentable } from './without-secrets.ts';

/** Shared by all copies of this package, such as the one in the preload, so that only one of them warns. */
const state = oncePerThread('warnings', () => ({
  warned: new Map<WarningCode, string>(),
  exiting: false,
  isDebugging: false,
  secrets: new Set<string>(),
}));

/** Our credentials. No record has them. */
export const ownCredentials: OwnCredentials = oncePerThread('credentials', () => ({ printed: [] }));

/**
 * From here on our messages hide the credentials in these headers, even when a server repeats them, and no record has them, even when
 * a program prints its environment.
 */
export function hideCredentials(headers: Readonly<Record<string, string>>): void {
  if (headers.Authorization !== undefined) hideIn(headers, state.secrets, ownCredentials);
}

/** Warns the user once per code, without credentials. Never throws. */
export function warn(code: WarningCode, text: string): void {
  if (state.warned.has(code)) return;
  state.warned.set(code, '');
  try {
    giveWarning(code, text, state);
  } catch {
    // A warning listener of the application threw. That must not reach the code that logged.
  }
}

/** Whether this is a warning that this thread has given, as Node prints it. Its name alone is no sign: anybody can log that. */
export function isOwnWarning(text: string): boolean {
  return state.warned.size > 0 && isAmong(state.warned, text);
}

/** From here on warnings are emitted at once. Called when the process begins to exit. */
export function warnAtOnce(): void {
  state.exiting = true;
}

/** Switches on what `VICTORIALOGS_DEBUG` shows. */
export function enableDebug(): void {
  state.isDebugging = true;
}

export function isDebugging(): boolean {
  return state.isDebugging;
}

/** Writes details of our own work for `VICTORIALOGS_DEBUG`. Does nothing unless the setting is on. Never throws. */
export function debug(message: string): void {
  if (state.isDebugging) writeRaw(`direct-logging: ${message}`);
}

/**
 * Writes a line to the real stderr, without credentials. It goes past every hook, so it is not captured, and needs no event loop. Never
 * throws.
 */
export function writeRaw(line: string): void {
  const raw = (process as unknown as { _rawDebug(text: string): void })._rawDebug;
  try {
    raw(presentable(line, state.secrets));
  } catch {
    // The file that hides the secrets is gone. Then nothing is shown.
  }
}
