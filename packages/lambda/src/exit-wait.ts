/** Bounds the wait for the server when a function's process exits: its caller waits as well. */
import { allowOneListenerMore, openPrivateFile, type Transport } from '@direct-logging/core';
import type { Clock } from './clock.ts';
import { longestWaitMs } from './flush-budget.ts';

/** The wait after one that was in vain. A server that is back answers earlier. */
const SHORT_WAIT_MS = 100;

/** The bound of the exit, and what it depends on. */
export interface ExitWait {
  /** A flush has ended. False if the server had not answered by then. */
  flushed(complete: boolean): void;
  stop(): void;
}

/**
 * At the exit, nothing waits longer than a flush may at the end of the invocation, and only briefly if the last wait was in
 * vain and the server has not answered since. The platform starts a new process in the same environment, which learns this
 * from an empty file in the temporary folder.
 * @param deadlineMs When the platform ends the running invocation, if one is running.
 */
export function boundExit(
  transport: Transport,
  clock: Clock,
  env: NodeJS.ProcessEnv,
  deadlineMs: () => number | undefined,
): ExitWait {
  const fs = process.getBuiltinModule('node:fs');
  const name = encodeURIComponent(env.AWS_LAMBDA_FUNCTION_NAME ?? '');
  const file = `${env.TMPDIR ?? '/tmp'}/direct-logging-unanswered-${name}`;
  /** How many lines had been delivered when a wait was in vain. */
  let inVainAt: number | undefined;

  const beforeFlush = (): void => {
    inVainAt ??= fs.existsSync(file) ? 0 : undefined;
    const isInVain = inVainAt === transport.stats.delivered;
    const deadline = deadlineMs();
    const now = clock.now();
    const waitMs = Math.min(
      isInVain ? SHORT_WAIT_MS : Number.POSITIVE_INFINITY,
      deadline === undefined ? Number.POSITIVE_INFINITY : longestWaitMs(deadline, now),
    );
    if (Number.isFinite(waitMs)) transport.setDeadline(now + waitMs);
  };
  const afterFlush = (): void => {
    try {
      if (transport.stats.queued === 0) fs.rmSync(file, { force: true });
      else fs.closeSync(openPrivateFile(file, 'create'));
    } catch {
      // It exists, or there is no place for it.
    }
  };
  // The transport's own listeners are in between.
  const disallow = [allowOneListenerMore(), allowOneListenerMore()];
  process.prependListener('beforeExit', beforeFlush);
  process.prependListener('exit', beforeFlush);
  process.on('exit', afterFlush);
  return {
    flushed(complete) {
      inVainAt = complete ? undefined : transport.stats.delivered;
    },
    stop() {
      process.removeListener('beforeExit', beforeFlush);
      process.removeListener('exit', beforeFlush);
      process.removeListener('exit', afterFlush);
      for (const undo of disallow) undo();
    },
  };
}
