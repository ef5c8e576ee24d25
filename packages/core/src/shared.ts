/** The one transport that all parts of a process use, also when several copies of this package are loaded. */
import { acrossCopies } from './across-copies.ts';
import type { TransportOptions } from './options.ts';
import { createTransport, type Transport } from './transport.ts';

/**
 * The transport of this thread, made with these options when it is asked for the first time; later options are not
 * looked at.
 * @throws TypeError for a bad option in code, when the transport is made.
 */
export function sharedTransport(options?: TransportOptions): Transport {
  return acrossCopies('transport', () => createTransport(options));
}
