/** Attachment without code: the lines of every pino logger are seen where pino hands them over. */
import {
  debug,
  findClass,
  type Integration,
  type IntegrationHost,
  watchAssigned,
  watchFiles,
} from '@direct-logging/core';
import { HandOver } from './hand-over.ts';
import type { PinoLogger } from './logger-state.ts';
import { PinoLine } from './pino-line.ts';
import { preloadThreads } from './preload-threads.ts';

/** From pino 9.10 on it tells here of every line that it has made. */
const CHANNEL = 'tracing:pino_asJson:end';
/** What pino tells of it. */
interface Message {
  readonly instance: PinoLogger;
  /** Of pino's `asJson(object, message, level, time)`. */
  readonly arguments: ArrayLike<unknown>;
  /** The line; absent when it could not be made. */
  readonly result?: unknown;
}

/** sonic-boom's: what pino writes to files and descriptors. */
const SONIC_BOOM = ['retryEAGAIN', '_reopening', 'minLength'];
/** Streams that have it are told by pino which logger writes to them, and at which level. */
const METADATA = Symbol.for('pino.metadata');

/**
 * Ships the lines of all pino loggers as their last destination is given them. What is printed at once is shipped by the capture
 * of the standard streams, which learns from here whose line it is. What waits in a buffer to be printed is shipped before. What
 * goes to a file is shipped, unless the setting `loggers` leaves it out. What goes to a destination of the application's own is
 * its own affair: what it prints is captured.
 */
export function pinoIntegration(): Integration {
  return { name: 'pino', install };
}

function install(host: IntegrationHost): () => void {
  const undos: (() => void)[] = [];
  let told: PinoLine | undefined;
  const stop = findClass(SONIC_BOOM, (prototype) => {
    told ??= new PinoLine(host.printing);
    // pino is being loaded: a program without it has none of this.
    if (undos.length === 0) undos.push(...attach(host, told));
    debug('pino is loaded, and its lines are seen');
    const handed = new HandOver(host, told);
    undos.push(watchSonicBoom(prototype, handed), () => handed.stop());
  });
  return () => {
    stop();
    for (const undo of undos.splice(0).reverse()) undo();
  };
}

function attach(
  { printing, transport, preloadFlags = [] }: IntegrationHost,
  told: PinoLine,
): (() => void)[] {
  const { subscribe, unsubscribe } = process.getBuiltinModule('node:diagnostics_channel');
  const onLine = (message: unknown): void => {
    const { instance, arguments: given, result } = message as Message;
    if (typeof result !== 'string') return;
    told.set(result, instance, given[2]);
    printing.line = told;
  };
  subscribe(CHANNEL, onLine);
  const unwatch =
    transport.loggers === 'all'
      ? watchFiles(printing, (input) => transport.write(input))
      : () => {};
  return [() => unsubscribe(CHANNEL, onLine), unwatch, preloadThreads(preloadFlags)];
}

/** sonic-boom's constructor gives every stream its methods: a patch of the application's comes later and stands on top. */
function watchSonicBoom(prototype: object, handed: HandOver): () => void {
  Object.defineProperty(prototype, METADATA, { value: true, configurable: true });
  const undos = [
    watchAssigned(prototype, 'write', (_, write) => handed.write(write)),
    watchAssigned(prototype, '_actualWrite', (_, write) => handed.flush(write)),
    watchAssigned(prototype, 'flushSync', (_, flush) => handed.flush(flush)),
  ];
  return () => {
    Reflect.deleteProperty(prototype, METADATA);
    for (const undo of undos) undo();
  };
}
