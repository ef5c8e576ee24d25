/** Attachment without code: the lines of every winston logger are seen where its transports hand them over. */
import { debug, findClass, type Integration, type IntegrationHost } from '@direct-logging/core';
import { Attachment } from './attachment.ts';

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
  let attachment: Attachment | undefined;
  const stop = findClass(TRANSPORT_STREAM, (prototype) => {
    // winston 2's transports derive from the same class.
    if ('silent' in prototype) return;
    // winston is being loaded. A program without winston never comes here.
    debug('winston is loaded, and its lines are seen');
    attachment ??= new Attachment(host);
    attachment.watchTransports(prototype);
  });
  return () => {
    stop();
    attachment?.undo();
  };
}
