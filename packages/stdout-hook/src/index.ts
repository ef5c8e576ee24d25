/** Capture of console, stdout, stderr and direct descriptor writes, each message exactly once. */
export { type HookOptions, hookStdout, type LogTarget } from './hook.ts';
export { stdoutHook } from './integration.ts';
