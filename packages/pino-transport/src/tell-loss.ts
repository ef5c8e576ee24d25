/** How long a thread of pino delivers lines when it ends, and what it says of those that are not delivered. */
import { asPrinted, type FlushResult, type Transport, writeRaw } from '@direct-logging/core';

/** pino waits for ten seconds. After that an error ends the program. */
export const END_LIMIT = { atMostMs: 5_000 };

/**
 * Looks like a warning of Node, which the main thread would have to print. But that is waiting for this thread to end:
 * https://github.com/pinojs/thread-stream/blob/main/index.js
 */
export function tellLoss(transport: Transport, { complete, pending }: FlushResult): void {
  if (complete) return;
  const { spooled, lastFailure } = transport.stats;
  if (spooled > 0 || process.listenerCount('warning') === 0) return;
  const what = `the thread of pino.transport could not deliver ${pending} log records`;
  const where = lastFailure ?? 'the server: the time was up';
  writeRaw(asPrinted('DL_UNDELIVERED', `${what} to ${where}`));
}
