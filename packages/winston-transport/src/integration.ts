/** Attachment without code: every logger's lines are seen where winston hands them to its transports. */
import type { Integration, IntegrationHost } from '@direct-logging/core';
import { findLoggers } from './find-loggers.ts';
import { type Info, inputFrom } from './from-info.ts';
import { type Printing, watchPrinting } from './printing.ts';
import { formattedAhead, unprintedInfo, type WinstonLogger } from './route.ts';
import { type LineObserver, watchLines } from './watch-lines.ts';

/**
 * Captures the lines of all winston loggers that do not print them. What winston prints is left to the capture of the
 * standard streams, and what a transport of ours takes is shipped there.
 */
export function winstonIntegration(): Integration {
  return { name: 'winston', install };
}

function install(host: IntegrationHost): () => void {
  const printing = watchPrinting(host);
  const observer = observerFor(printing);
  const undos = new Map<object, () => void>();
  const stop = findLoggers((prototype) => {
    if (!undos.has(prototype)) undos.set(prototype, watchLines(prototype, observer));
  });
  return () => {
    stop();
    for (const undo of undos.values()) undo();
    printing.undo();
  };
}

function observerFor(printing: Printing): LineObserver {
  return {
    handingOver() {
      const { count } = printing;
      return (logger, info) => {
        // What was printed meanwhile is this line.
        if (printing.count === count) ship(logger, () => info, printing);
      };
    },
    heldUp: (logger, info) => ship(logger, () => formattedAhead(logger, info), printing),
  };
}

function ship(logger: WinstonLogger, read: () => unknown, printing: Printing): void {
  try {
    const info = read();
    if (typeof info !== 'object' || info === null) return;
    const unprinted = unprintedInfo(logger, info as Info);
    if (unprinted !== undefined) printing.ship(inputFrom(unprinted, logger.levels));
  } catch {
    // Whatever we don't understand in somebody's logger, it goes on logging.
  }
}
