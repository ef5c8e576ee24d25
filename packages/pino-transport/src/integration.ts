/** Attachment without code: the lines of every pino logger are intercepted where it writes them. */
import { classIntegration, type Integration } from '@direct-logging/core';
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
  return classIntegration('pino', SONIC_BOOM, (host) => new Interceptor(host));
}
