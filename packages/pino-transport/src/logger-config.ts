/** What pino tells the worker thread of a target about the logger: its levels, and the names in its lines. */
import type { PinoLevels } from './levels.ts';

/** Of the logger that was made with the target. */
export interface LoggerConfig {
  readonly levels?: PinoLevels | undefined;
  readonly messageKey?: unknown;
  readonly errorKey?: unknown;
}

/** It is sent when the logger is made; a target that nobody gives to a logger must not wait for ever. */
const LONGEST_WAIT_MS = 500;

/** Calls back once: with the configuration, or without when there is none to come (pino below 8.21, no thread of pino's). */
export function loggerConfig(done: (config?: LoggerConfig) => void): void {
  const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads');
  const data = workerData as { workerData?: { pinoWillSendConfig?: unknown } } | null | undefined;
  if (parentPort === null || data?.workerData?.pinoWillSendConfig !== true) {
    done();
    return;
  }
  const finish = (config?: LoggerConfig): void => {
    clearTimeout(timer);
    parentPort.off('message', onMessage);
    done(config);
  };
  const onMessage = (message: unknown): void => {
    const { code, config } = (message ?? {}) as { code?: unknown; config?: LoggerConfig };
    if (code === 'PINO_CONFIG') finish(config ?? {});
  };
  const timer = setTimeout(finish, LONGEST_WAIT_MS);
  parentPort.on('message', onMessage);
}
