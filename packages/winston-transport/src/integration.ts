/** Attachment without code: every logger's lines are seen where winston hands them to its transports. */
import type { Integration, IntegrationHost, LogInput } from '@direct-logging/core';
import { findLoggers } from './find-loggers.ts';
import { type Info, inputFrom } from './from-info.ts';
import {
  formattedAhead,
  isShippedByOurs,
  mayBeShippedLater,
  unprintedInfo,
  type WinstonLogger,
  type WinstonTransport,
} from './route.ts';
import { type LineObserver, watchLines } from './watch-lines.ts';
import { watchTransports } from './watch-transports.ts';

/**
 * Captures the lines of all winston loggers as records with their fields, once each: what a transport prints when it is
 * printed, by way of the capture of the standard streams; what none prints when it is logged, unless the setting `loggers` leaves
 * it out. What a transport of ours takes is shipped there.
 */
export function winstonIntegration(): Integration {
  return { name: 'winston', install };
}

function install(host: IntegrationHost): () => void {
  const lines = new Lines(host);
  const undos = new Map<object, () => void>();
  const stop = findLoggers((prototype) => {
    if (!undos.has(prototype)) undos.set(prototype, watchLines(prototype, lines));
  });
  return () => {
    stop();
    for (const undo of undos.values()) undo();
    lines.close();
  };
}

/** Decides for each line when it is shipped. Nothing in it throws: whatever we don't understand in somebody's logger, it goes on logging. */
class Lines implements LineObserver {
  readonly #host: IntegrationHost;
  readonly #transports: ReturnType<typeof watchTransports>;
  /** The lines that have been shipped, as they were handed to the transports, and which transport had printed it. */
  readonly #shipped = new WeakMap<object, WinstonTransport | undefined>();
  /** The line that is being handed to the transports; undefined when one that waited has its turn. */
  #current: { readonly logger: WinstonLogger; readonly info: Info } | undefined;

  constructor(host: IntegrationHost) {
    this.#host = host;
    this.#transports = watchTransports(host.printing, (transport, info) =>
      this.#printed(transport, info),
    );
  }

  handingOver(logger: WinstonLogger, info: Info, isShipped: boolean): () => void {
    const before = this.#printCount();
    const outer = this.#current;
    this.#current = { logger, info };
    // A program may log the same object again.
    if (isShipped) this.#shipped.set(info, undefined);
    else this.#shipped.delete(info);
    attempt(() => this.#transports.follow(logger));
    return () => {
      this.#current = outer;
      // What was printed meanwhile is this line.
      if (this.#printCount() === before && !this.#shipped.has(info)) this.#ship(logger, info);
    };
  }

  heldUp(logger: WinstonLogger, info: Info): boolean {
    const isShipped = attempt(() => {
      if (mayBeShippedLater(logger)) return false;
      const formatted = formattedAhead(logger, info);
      return formatted !== undefined && this.#ship(logger, formatted);
    });
    return isShipped === true;
  }

  close(): void {
    this.#transports.undo();
  }

  #ship(logger: WinstonLogger, info: Info): boolean {
    const { transport } = this.#host;
    if (transport.loggers !== 'all') return false;
    const unprinted = attempt(() => unprintedInfo(logger, info));
    if (unprinted === undefined) return false;
    this.#shipped.set(info, undefined);
    transport.write(inputFrom(unprinted, logger.levels));
    return true;
  }

  #printed(transport: WinstonTransport, given: Info): LogInput | undefined {
    const { logger = transport.parent, info = given } = this.#current ?? {};
    if (this.#shipped.has(info) && this.#shipped.get(info) !== transport) return undefined;
    this.#shipped.set(info, transport);
    const isOurs = logger && attempt(() => isShippedByOurs(logger, info));
    return isOurs ? undefined : inputFrom(given, logger?.levels);
  }

  /** What a worker thread prints through its console is captured in the thread that started it, later. */
  #printCount(): number {
    const { role, printing } = this.#host;
    if (role === 'full') return printing.count;
    const { stdout, stderr } = process;
    return printing.count + stdout.writableLength + stderr.writableLength;
  }
}

function attempt<Result>(step: () => Result): Result | undefined {
  try {
    return step();
  } catch {
    return undefined;
  }
}
