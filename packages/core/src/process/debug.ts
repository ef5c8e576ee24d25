/** What `VICTORIALOGS_DEBUG` shows of our own work, past every hook and without credentials. */
import { oncePerThread } from './once-per-thread.ts';
import { hideIn, type OwnCredentials, presentable } from './without-secrets.ts';

/** What is known of our messages. Shared by all copies of this package, such as the one in the preload, so that only one of them warns. */
export const messages = oncePerThread('warnings', () => ({
  /** The text of each warning, by its code. */
  warned: new Map<string, string>(),
  /** Whether the process exits: warnings are emitted at once then. */
  exiting: false,
  isDebugging: false,
  /** What our messages must not show. */
  secrets: new Set<string>(),
}));

/** Our credentials. No record has them. */
export const ownCredentials: OwnCredentials = oncePerThread('credentials', () => ({ printed: [] }));

/**
 * From here on our messages hide the credentials in these headers, even when a server repeats them, and no record has them, even when
 * a program prints its environment.
 */
export function hideCredentials(headers: Readonly<Record<string, string>>): void {
  if (headers.Authorization !== undefined) hideIn(headers, messages.secrets, ownCredentials);
}

/** Switches on what `VICTORIALOGS_DEBUG` shows. */
export function enableDebug(): void {
  messages.isDebugging = true;
}

export function isDebugging(): boolean {
  return messages.isDebugging;
}

/** Writes details of our own work for `VICTORIALOGS_DEBUG`. Does nothing unless the setting is on. Never throws. */
export function debug(message: string): void {
  if (messages.isDebugging) writeRaw(`direct-logging: ${message}`);
}

/**
 * Writes a line to the real stderr, without credentials. It goes past every hook, so it is not captured, and needs no event loop. Never
 * throws.
 */
export function writeRaw(line: string): void {
  const raw = (process as unknown as { _rawDebug(text: string): void })._rawDebug;
  try {
    raw(presentable(line, messages.secrets));
  } catch {
    // The file that hides the secrets is gone. Then nothing is shown.
  }
}
