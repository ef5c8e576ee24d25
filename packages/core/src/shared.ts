/** The one transport that all parts of a process use, also when several copies of this package are loaded. */
import type { TransportOptions } from './options.ts';
import { createTransport, type Transport } from './transport.ts';

const KEY = Symbol.for('@direct-logging/transport');

/**
 * The transport of this thread, made with these options when it is asked for the first time; later options are not
 * looked at.
 * @throws TypeError for a bad option in code, when the transport is made.
 */
export function sharedTransport(options?: TransportOptions): Transport {
  const holder = globalThis as { [KEY]?: Transport };
  let transport = holder[KEY];
  if (transport === undefined) {
    transport = createTransport(options);
    // Not enumerable: the application's own look at its globals stays as it was.
    Object.defineProperty(holder, KEY, { value: transport, configurable: true });
  }
  return transport;
}
