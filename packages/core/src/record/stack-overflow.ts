/** Tells V8's stack overflow from other errors. Pure. */

/** Whether the stack is full: nothing more can be called, and what was interrupted has to be done again. */
export function isStackOverflow(error: unknown): boolean {
  return (error as Error | undefined)?.message === 'Maximum call stack size exceeded';
}
