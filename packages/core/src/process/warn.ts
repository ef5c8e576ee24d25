/** Our own warnings: each code once, through `process.emitWarning`, never through the hooked streams. */
import { oncePerThread } from './once-per-thread.ts';
import { presentable, secretsIn } from './without-secrets.ts';

/** The name of all our warnings. */
const WARNING_NAME = 'DirectLoggingWarning';

/** Node prints it below the first warning: https://github.com/nodejs/node/blob/main/lib/internal/process/warning.js */
const HINT = /\n\(Use `[^`\n]*` to show [a-z ]+\)$/;

/** Stable codes of the warnings; docs/errors.md explains each. */
export type WarningCode =
  | 'DL_INVALID_SETTING'
  | 'DL_UNDELIVERED'
  | 'DL_LOST_AT_EXIT'
  | 'DL_UNCONFIRMED_AT_EXIT'
  | 'DL_REFUSED'
  | 'DL_DROPPED'
  | 'DL_SPOOL'
  | 'DL_SPOOL_OTHERS'
  | 'DL_CLOCK'
  | 'DL_RECORD_FAILED'
  | 'DL_VERSIONS'
  | 'DL_INTEGRATION_FAILED';

/** Shared by all copies of this package, such as the one in the preload, so that only one of them warns. */
const state = oncePerThread('warnings', () => ({
  /** What was said, by its code. */
  warned: new Map<WarningCode, string>(),
  exiting: false,
  isDebugging: false,
  secrets: new Set<string>(),
}));

/** From here on our messages hide the credentials in these headers, even when a server repeats them. */
export function hideInMessages(headers: Readonly<Record<string, string>>): void {
  if (headers.Authorization === undefined) return;
  for (const secret of secretsIn(headers)) state.secrets.add(secret);
}

/** Warns the user once per code, without credentials. Never throws. */
export function warn(code: WarningCode, text: string): void {
  if (state.warned.has(code)) return;
  state.warned.set(code, '');
  try {
    const message = presentable(text, state.secrets);
    state.warned.set(code, message);
    const warning = Object.assign(new Error(message), { name: WARNING_NAME, code, stack: '' });
    warning.stack = `${WARNING_NAME}: ${message}`;
    if (state.exiting) {
      // `emitWarning` waits for the next tick, which an exiting process does not have:
      // https://github.com/nodejs/node/blob/main/lib/internal/process/warning.js
      process.emit('warning', warning);
    } else {
      process.emitWarning(warning);
    }
  } catch {
    // A warning listener of the application threw. That must not reach the code that logged.
  }
}

/** Whether this is a warning that this thread has given, as Node prints it. Its name alone is no sign: anybody can log that. */
export function isOwnWarning(text: string): boolean {
  const printed = text.replace(HINT, '');
  return [...state.warned].some(([code, message]) => printed === asPrinted(code, message));
}

/** A warning of ours as Node prints it. */
export function asPrinted(code: WarningCode, message: string): string {
  return `(${process.release.name}:${process.pid}) [${code}] ${WARNING_NAME}: ${message}`;
}

/** From here on warnings are emitted at once. Called when the process begins to exit. */
export function warnAtOnce(): void {
  state.exiting = true;
}

/** Switches `debug` on: the setting of that name is on. */
export function enableDebug(): void {
  state.isDebugging = true;
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
