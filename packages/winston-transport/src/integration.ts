/** Attachment without code: the lines of every winston logger are seen where its transports hand them over. */
import {
  debug,
  findClass,
  type Integration,
  type IntegrationHost,
  Undos,
  watchAssigned,
  watchFiles,
} from '@direct-logging/core';
import { HandOver } from './hand-over.ts';

/** The class that all transports of winston 3 derive from. */
const TRANSPORT_STREAM = ['handleExceptions', 'silent'];

/**
 * Ships the lines of all winston loggers as their transports give them away. What is printed is shipped by the capture of the
 * standard streams, which learns from here whose line it is. What winston writes to a file or sends by HTTP is shipped unless
 * the logger prints it, too, and unless the setting `loggers` leaves it out. A transport of the application's own does what it
 * likes: what it prints is captured. What a transport of ours takes is shipped there.
 */
export function winstonIntegration(): Integration {
  return { name: 'winston', install };
}

function install(host: IntegrationHost): () => void {
  const undos = new Undos();
  let handOver: HandOver | undefined;
  let unwatch = (): void => {};
  const stop = findClass(TRANSPORT_STREAM, (prototype) => {
    // winston 2's transports derive from the same class.
    if ('silent' in prototype) return;
    debug('winston is loaded, and its lines are seen');
    // winston is being loaded: a program without it has none of this.
    if (host.transport.loggers === 'all') {
      unwatch = watchFiles(host.printing, (input) => host.transport.write(input));
    }
    handOver ??= new HandOver(host, undos);
    undos.add(prototype, watchTransports(prototype, handOver));
  });
  return () => {
    stop();
    undos.run();
    unwatch();
  };
}

/** The constructor sets these before the application has the transport: a patch of the application's stands on top. */
function watchTransports(prototype: object, handOver: HandOver): () => void {
  const undos = [
    watchAssigned(prototype, 'silent', (transport, value) => {
      handOver.follow(prototype, transport);
      return value;
    }),
    watchAssigned(prototype, '_stream', (transport, value) => {
      handOver.followStream(transport, value);
      return value;
    }),
  ];
  return () => {
    for (const undo of undos) undo();
  };
}
