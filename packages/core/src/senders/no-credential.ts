/**
 * Stands in for a sender while a credential that is configured cannot be read: lines wait as for a server that is down.
 *
 * @lazy secrets
 */
import type { Sender, SenderHost } from './sender.ts';

/** @param replace Called when a line could be sent: tries to read the credential again. */
export function withoutCredential(host: SenderHost, replace: () => void): Sender {
  return {
    ready: () => Promise.resolve(),
    pump: () => {
      if (host.lines > 0) replace();
    },
    withoutLoop: { pump: () => undefined, isSilent: false, answeredElsewhere: () => {} },
    close: () => {},
  };
}
