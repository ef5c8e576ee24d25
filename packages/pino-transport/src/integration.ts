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

/** On this channel, pino 9.10 and newer publish every line that they have made. */
const CHANNEL = 'tracing:pino_asJson:end';
/** What pino tells about a line. */
interface Message {
  readonly instance: PinoLogger;
  /** The arguments of pino's `asJson(object, message, level, time)`. */
  readonly arguments: ArrayLike<unknown>;
  /** The line. Absent if it could not be made. */
  readonly result?: unknown;
}

/** Properties of sonic-boom, the class that writes pino's lines to files and descriptors. */
const SONIC_BOOM = ['retryEAGAIN', '_reopening', 'minLength'];
/** pino tells streams with this property which logger writes to them, and at which level. */
const METADATA = Symbol.for('pino.metadata');

/**
 * Ships the lines of all pino loggers in the form in which they are written. Lines that are printed at once are shipped by the
 * capture of the standard streams, which learns from here which logger they come from. Lines that wait in a buffer are shipped
 * before they are printed. Lines for a file are shipped, unless the setting `loggers` leaves them out. If the application has
 * its own destination, only what that prints is captured.
 */
export function pinoIntegration(): Integration {
  return { name: 'pino', install };
}

function install(host: IntegrationHost): () => void {
  const undos: (() => void)[] = [];
  let handOver: HandOver | undefined;
  const stop = findClass(SONIC_BOOM, (prototype) => {
    // pino is being loaded. A program without pino never comes here.
    debug('pino is loaded, and its lines are seen');
    if (handOver === undefined) {
      handOver = new HandOver(host);
      undos.push(...attach(host, handOver));
    }
    undos.push(watchSonicBoom(prototype, handOver));
  });
  return () => {
    stop();
    for (const undo of undos.splice(0).reverse()) undo();
  };
}

function attach({ printing, transport }: IntegrationHost, handOver: HandOver): (() => void)[] {
  const { subscribe, unsubscribe } = process.getBuiltinModule('node:diagnostics_channel');
  const onLine = (message: unknown): void => {
    const { instance, arguments: given, result } = message as Message;
    if (typeof result === 'string') handOver.made(result, instance, given[2]);
  };
  subscribe(CHANNEL, onLine);
  const unwatch =
    transport.loggers === 'all'
      ? watchFiles(printing, (input) => transport.write(input))
      : () => {};
  return [() => unsubscribe(CHANNEL, onLine), unwatch, () => handOver.stop()];
}

/** sonic-boom's constructor gives every stream its methods. A patch of the application comes later and goes on top. */
function watchSonicBoom(prototype: object, handOver: HandOver): () => void {
  Object.defineProperty(prototype, METADATA, { value: true, configurable: true });
  const undos = [
    watchAssigned(prototype, 'write', (_, write) => handOver.aroundWrite(write)),
    ...['_actualWrite', 'flushSync'].map((name) =>
      watchAssigned(prototype, name, (_, print) => handOver.aroundPrinting(print)),
    ),
  ];
  return () => {
    Reflect.deleteProperty(prototype, METADATA);
    for (const undo of undos) undo();
  };
}
