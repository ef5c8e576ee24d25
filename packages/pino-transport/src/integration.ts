/** Attachment without code: the lines of every pino logger are intercepted where it writes them. */
import { debug, findClass, type Integration, type IntegrationHost } from '@direct-logging/core';
import { Interceptor } from './interceptor.ts';

/** Properties of the class that writes pino's lines to files and descriptors: https://github.com/pinojs/sonic-boom/blob/master/index.js */
const SONIC_BOOM = ['retryEAGAIN', '_reopening', 'minLength'];

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
  let interceptor: Interceptor | undefined;
  const stop = findClass(SONIC_BOOM, (prototype) => {
    // pino is being loaded. A program without pino never comes here.
    debug('pino is loaded, and its lines are seen');
    interceptor ??= new Interceptor(host);
    interceptor.watch(prototype);
  });
  return () => {
    stop();
    interceptor?.undo();
  };
}
