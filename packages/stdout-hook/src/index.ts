/** Capture of console, stdout, stderr and direct descriptor writes, each message exactly once. */
export type { LogTarget } from './capture.ts';
export { type HookOptions, hookStdout, stdoutHook } from './hook.ts';
