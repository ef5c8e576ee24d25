/** Attachment without code: pino tells of every line on a diagnostics channel. */
import type { Integration, IntegrationHost } from '@direct-logging/core';
import { inputFrom } from './from-line.ts';
import { destinationOf, factsOf, type PinoLogger, rewritesLines } from './logger-state.ts';
import { type Printing, watchPrinting } from './printing.ts';
import { routeOf } from './route.ts';
import { type WriteWatch, watchWrites } from './watch-writes.ts';
import { noteWorkers, type WorkerNotes } from './workers.ts';

/** From pino 9.10 on. */
const CHANNEL = 'tracing:pino_asJson:end';

interface Message {
  readonly instance: PinoLogger;
  /** Of pino's `asJson(object, message, level, time)`. */
  readonly arguments: ArrayLike<unknown>;
  /** The line; absent when it could not be made. */
  readonly result?: unknown;
}

/**
 * Captures the lines of all pino loggers. What pino prints is left to the capture of the standard streams and only told what it
 * is; what waits in a buffer to be printed is shipped before, and not again when it is; what goes to a destination of ours is
 * shipped there.
 */
export function pinoIntegration(): Integration {
  return { name: 'pino', install };
}

function install(host: IntegrationHost): () => void {
  const { subscribe, unsubscribe } = process.getBuiltinModule('node:diagnostics_channel');
  const workers = noteWorkers();
  const printing = watchPrinting(host, workers.isShipped);
  const writes = watchWrites(printing);
  const all = host.transport.loggers === 'all';
  const onLine = (message: unknown): void => {
    try {
      takeLine(message as Message, { printing, workers, writes, all });
    } catch {
      // Whatever we don't understand in somebody's logger, it goes on logging.
    }
  };
  subscribe(CHANNEL, onLine);
  return () => {
    unsubscribe(CHANNEL, onLine);
    writes.undo();
    workers.undo();
    printing.undo();
  };
}

interface Surroundings {
  readonly printing: Printing;
  readonly workers: WorkerNotes;
  readonly writes: WriteWatch;
  /** False where only what is printed is shipped. */
  readonly all: boolean;
}

function takeLine(
  { instance, arguments: { 2: level }, result }: Message,
  { printing, workers, writes, all }: Surroundings,
): void {
  if (typeof result !== 'string' || typeof level !== 'number') return;
  const destination = destinationOf(instance);
  if (typeof destination !== 'object' || destination === null) return;
  // What a worker thread prints is captured there, unless the line is shipped here.
  if (all) workers.note(destination, level);
  const route = routeOf(destination, level);
  if (route === 'leave') return;
  if (route === 'shipped and printed') {
    printing.skip(result);
    return;
  }
  if (route === 'printed' || route === 'watch') {
    printing.tell(result, () => factsOf(instance, level));
  }
  const isBuffered = route === 'stdout' || route === 'stderr';
  if (route === 'printed' || !(all || isBuffered)) return;
  const facts = factsOf(instance, level);
  if (isBuffered) {
    // What is printed in another form is shipped in that form.
    if (!rewritesLines(instance)) {
      printing.shipAhead({ ...inputFrom(result, facts), stream: route });
    }
    return;
  }
  const isShipped =
    (route === 'watch' || rewritesLines(instance)) && writes.expect(destination, facts);
  if (!isShipped) printing.ship(inputFrom(result, facts));
}
