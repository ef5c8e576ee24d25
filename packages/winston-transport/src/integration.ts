/** Attachment without code: the lines of every winston logger are intercepted in its transports. */
import { classIntegration, type Integration } from '@direct-logging/core';
import { Interceptor } from './interceptor.ts';

/** Properties of the class that all transports of winston 3 derive from: https://github.com/winstonjs/winston-transport */
const TRANSPORT_STREAM = ['handleExceptions', 'silent'];

/**
 * Ships the lines of all winston loggers in the form in which their transports write them. Printed lines are shipped by the
 * capture of the standard streams, which learns from here which logger they come from. Lines that winston writes to a file or
 * sends by HTTP are shipped, unless the logger also prints them or the setting `loggers` leaves them out. If the application
 * has its own transport, only what that prints is captured. Lines that our transport takes are shipped by it.
 */
export function winstonIntegration(): Integration {
  return classIntegration('winston', TRANSPORT_STREAM, (host) => new Interceptor(host));
}
