/** Attachment without code: every logger's lines are seen where winston hands them to its transports. */
import type { Integration, IntegrationHost } from '@direct-logging/core';
import { findLoggers } from './find-loggers.ts';
import { type Info, inputFrom } from './from-info.ts';
import { type Printing, watchPrinting } from './printing.ts';
import { unprintedInfo, type WinstonLogger } from './route.ts';

/**
 * Captures the lines of all winston loggers that do not print them. What winston prints is left to the capture of the
 * standard streams, and what a transport of ours takes is shipped there.
 */
export function winstonIntegration(): Integration {
  return { name: 'winston', install };
}

function install(host: IntegrationHost): () => void {
  const printing = watchPrinting(host);
  const undos = new Map<object, () => void>();
  const stop = findLoggers((prototype) => {
    if (!undos.has(prototype)) undos.set(prototype, hookPush(prototype, printing));
  });
  return () => {
    stop();
    for (const undo of undos.values()) undo();
    printing.undo();
  };
}

/** With `push` a logger hands a line to its transports, once, after its format. It inherits the method from its stream. */
function hookPush(prototype: object, printing: Printing): () => void {
  const inherited = (): unknown => Reflect.get(Object.getPrototypeOf(prototype), 'push');
  if (Object.hasOwn(prototype, 'push') || typeof inherited() !== 'function') return () => {};
  const push = function (this: WinstonLogger, ...args: unknown[]): unknown {
    const { count } = printing;
    try {
      return Reflect.apply(inherited() as (...args: unknown[]) => unknown, this, args);
    } finally {
      // What was printed meanwhile is this line.
      if (printing.count === count) shipUnprinted(this, args[0], printing);
    }
  };
  Object.defineProperty(prototype, 'push', { value: push, writable: true, configurable: true });
  return () => {
    if (Reflect.get(prototype, 'push') === push) Reflect.deleteProperty(prototype, 'push');
  };
}

function shipUnprinted(logger: WinstonLogger, info: unknown, printing: Printing): void {
  try {
    if (typeof info !== 'object' || info === null) return;
    const unprinted = unprintedInfo(logger, info as Info);
    if (unprinted !== undefined) printing.ship(inputFrom(unprinted, logger.levels));
  } catch {
    // Whatever we don't understand in somebody's logger, it goes on logging.
  }
}
