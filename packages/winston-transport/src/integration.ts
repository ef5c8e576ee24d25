/** Attachment without code: every logger's lines are seen where winston hands them to its transports. */
import {
  type Integration,
  type IntegrationHost,
  type LogInput,
  printedSoFar,
  Undos,
} from '@direct-logging/core';
import { findLoggers } from './find-loggers.ts';
import { type Info, inputFrom } from './from-info.ts';
import {
  formattedAhead,
  isShippedByOurs,
  mayBeShippedLater,
  prints,
  unprintedInfo,
  type WinstonLogger,
  type WinstonTransport,
} from './route.ts';
import { type LineObserver, watchLines } from './watch-lines.ts';
import { type LogObserver, watchTransports } from './watch-transports.ts';

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
  const undos = new Undos();
  const stop = findLoggers((prototype) => {
    if (!undos.has(prototype)) undos.add(prototype, watchLines(prototype, lines));
  });
  return () => {
    stop();
    undos.run();
    lines.close();
  };
}

/** A line that is being handed to the transports. */
interface Line {
  readonly logger: WinstonLogger;
  readonly info: Info;
  /** As a transport that does not print logs it. */
  logged: Info | undefined;
}

/** Decides when each line is shipped. What we don't understand in somebody's logger must not stop it: nothing here throws. */
class Lines implements LineObserver, LogObserver {
  readonly #host: IntegrationHost;
  readonly #transports: ReturnType<typeof watchTransports>;
  /** The lines that have been shipped, as they were handed to the transports, and which transport had printed it. */
  readonly #shipped = new WeakMap<object, WinstonTransport | undefined>();
  /** Undefined also while a line is logged that had to wait for its turn. */
  #current: Line | undefined;

  constructor(host: IntegrationHost) {
    this.#host = host;
    this.#transports = watchTransports(host.printing, this);
  }

  handingOver(logger: WinstonLogger, info: Info, isShipped: boolean): () => void {
    const before = printedSoFar(this.#host);
    const outer = this.#current;
    const line: Line = { logger, info, logged: undefined };
    this.#current = line;
    // A program may log the same object again.
    if (isShipped) this.#shipped.set(info, undefined);
    else this.#shipped.delete(info);
    attempt(() => this.#transports.follow(logger));
    return () => {
      this.#current = outer;
      // What was printed meanwhile is this line.
      if (printedSoFar(this.#host) === before && !this.#shipped.has(info)) this.#ship(line);
    };
  }

  heldUp(logger: WinstonLogger, info: Info): boolean {
    const isShipped = attempt(() => {
      if (mayBeShippedLater(logger)) return false;
      const formatted = formattedAhead(logger, info);
      return formatted !== undefined && this.#ship({ logger, info: formatted, logged: undefined });
    });
    return isShipped === true;
  }

  logging(transport: WinstonTransport, info: Info): void {
    const line = this.#current;
    if (line !== undefined && line.logged === undefined && !prints(transport)) line.logged = info;
  }

  printed(transport: WinstonTransport, given: Info): LogInput | undefined {
    const { logger = transport.parent, info = given } = this.#current ?? {};
    if (this.#shipped.has(info) && this.#shipped.get(info) !== transport) return undefined;
    this.#shipped.set(info, transport);
    const isOurs = logger && attempt(() => isShippedByOurs(logger, info));
    return isOurs ? undefined : inputFrom(given, logger?.levels);
  }

  close(): void {
    this.#transports.undo();
  }

  #ship({ logger, info, logged }: Line): boolean {
    const { transport } = this.#host;
    if (transport.loggers !== 'all') return false;
    const unprinted = attempt(() => unprintedInfo(logger, info, logged));
    if (unprinted === undefined) return false;
    this.#shipped.set(info, undefined);
    transport.write(inputFrom(unprinted, logger.levels));
    return true;
  }
}

function attempt<Result>(step: () => Result): Result | undefined {
  try {
    return step();
  } catch {
    return undefined;
  }
}
