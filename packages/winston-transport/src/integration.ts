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

/** Properties of the class that all transports of winston 3 derive from. */
const TRANSPORT_STREAM = ['handleExceptions', 'silent'];

/**
 * Ships the lines of all winston loggers in the form in which their transports write them. Printed lines are shipped by the
 * capture of the standard streams, which learns from here which logger they come from. Lines that winston writes to a file or
 * sends by HTTP are shipped, unless the logger also prints them or the setting `loggers` leaves them out. If the application
 * has its own transport, only what that prints is captured. Lines that our transport takes are shipped by it.
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
    // winston is being loaded. A program without winston never comes here.
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

/** The constructor sets these before the application has the transport. So a patch of the application goes on top. */
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
