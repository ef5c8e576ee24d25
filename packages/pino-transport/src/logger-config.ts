/** What pino tells the worker thread of a target about the logger: its levels, and the names in its lines. */
import { guarded } from '@direct-logging/core';
import type { Keys } from './from-line.ts';
import type { PinoLevels } from './levels.ts';

/** The settings of the first logger that was made with the target. */
export interface LoggerConfig extends Omit<Keys, 'nestedKey'> {
  readonly levels?: PinoLevels | undefined;
}

/**
 * Calls back once, when the settings arrive. pino 8.21 and newer send them before the first line:
 * https://github.com/pinojs/pino/blob/main/lib/transport.js
 * @returns Whether they can be expected here.
 */
export function onLoggerConfig(take: (config: LoggerConfig) => void): boolean {
  const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads');
  const data = workerData as { workerData?: { pinoWillSendConfig?: unknown } } | null | undefined;
  if (parentPort === null || data?.workerData?.pinoWillSendConfig !== true) return false;
  const onMessage = guarded((message: unknown): void => {
    const { code, config } = (message ?? {}) as { code?: unknown; config?: LoggerConfig };
    if (code !== 'PINO_CONFIG') return;
    parentPort.off('message', onMessage);
    take(config ?? {});
  });
  parentPort.on('message', onMessage);
  return true;
}

/** Calls back after a turn of the event loop, when all messages that were sent before have been received. */
export function afterMessages(done: () => void): void {
  setImmediate(guarded(() => setImmediate(guarded(done))));
}
