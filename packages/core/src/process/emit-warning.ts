/** How a warning of ours is emitted, and how Node prints it. @lazy secrets */
import { isExiting } from './ending.ts';
import { guarded } from './guard.ts';
import { listenFirst } from './listener-limit.ts';
import { presentable } from './without-secrets.ts';

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
  | 'DL_CLOSED'
  | 'DL_SPOOL'
  | 'DL_SPOOL_OTHERS'
  | 'DL_CLOCK'
  | 'DL_RECORD_FAILED'
  | 'DL_VERSIONS'
  | 'DL_INTEGRATION_FAILED';

interface State {
  readonly warned: Map<string, string>;
  readonly exiting: boolean;
  readonly secrets: Iterable<string>;
}

/** Notes a warning, and emits it. Throws what a listener throws. */
export function giveWarning(code: WarningCode, text: string, state: State): void {
  const message = presentable(text, state.secrets);
  state.warned.set(code, message);
  const warning = Object.assign(new Error(message), { name: WARNING_NAME, code, stack: '' });
  warning.stack = `${WARNING_NAME}: ${message}`;
  const emit = () => process.emit('warning', warning);
  if (state.exiting) {
    emit();
    return;
  }
  // `emitWarning` waits for the next tick, which does not come if the program exits before:
  // https://github.com/nodejs/node/blob/main/lib/internal/process/warning.js
  const forget = listenFirst(['exit'], () => isExiting() && emit());
  // Before Node's tick, in which a listener may exit.
  process.nextTick(guarded(forget));
  process.emitWarning(warning);
}

/** Whether this text is one of these warnings as Node prints it. */
export function isAmong(warned: ReadonlyMap<string, string>, text: string): boolean {
  const printed = text.replace(HINT, '');
  return [...warned].some(([code, message]) => printed === asPrinted(code, message));
}

/** A warning of ours as Node prints it. */
export function asPrinted(code: string, message: string): string {
  return `(${process.release.name}:${process.pid}) [${code}] ${WARNING_NAME}: ${message}`;
}
