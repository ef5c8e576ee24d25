/** Stands in for a sender while a credential that is configured cannot be read: lines wait as for a server that is down. @lazy secrets */
import type { Sender, SenderHost, SenderSettings } from './sender.ts';

/**
 * Has no `withoutLoop`, so that signals are caught: the sender that follows may need the event loop.
 *
 * @param replace Called when the credential can be read: puts a sender in place of this one.
 */
export function withoutCredential(
  headers: SenderSettings['headers'],
  host: SenderHost,
  replace: () => void,
): Sender {
  return {
    ready: () => Promise.resolve(),
    pump: () => {
      if (host.lines === 0) return;
      try {
        void headers.Authorization;
      } catch (error) {
        host.connection('failed', (error as Error).message);
        return;
      }
      replace();
    },
    close: () => {},
  };
}
