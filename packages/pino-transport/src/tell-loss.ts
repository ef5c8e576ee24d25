/** What a thread of pino says when it ends and has lines that are not delivered. */
import { asPrinted, type FlushResult, type Transport, writeRaw } from '@direct-logging/core';

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
