/** A transport that takes what was printed on some streams only. */
import type { Transport } from '@direct-logging/core';
import type { Streams } from './plan.ts';

/** The same transport, deaf to records of a stream that is shipped by another process. */
export function onlyStreams(transport: Transport, streams: Streams): Transport {
  if (streams.stdout && streams.stderr) return transport;
  return {
    active: transport.active,
    loggers: transport.loggers,
    write(input) {
      // Without a stream it was not printed, and nobody else will see it.
      if (input.stream === undefined || streams[input.stream]) transport.write(input);
    },
    flush: (options) => transport.flush(options),
    flushSync: (options) => transport.flushSync(options),
    close: (options) => transport.close(options),
    ready: (timeoutMs) => transport.ready(timeoutMs),
    setContextProvider: (provider) => transport.setContextProvider(provider),
    get stats() {
      return transport.stats;
    },
  };
}
