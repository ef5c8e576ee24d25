/** A transport that leaves out what a child process has shipped, and notes what a parent may print again. */
import type { Transport } from '@direct-logging/core';
import { joinFamily } from './family.ts';
import { LedgerWriter } from './ledger.ts';
import { OwnLedger } from './own-ledger.ts';

/** The transport, and the functions that stop using the files. */
export interface PrintedOnce {
  readonly transport: Transport;
  /** For the end of the process. Lines may still follow. */
  removeFile(): void;
  close(): void;
}

/**
 * The same transport, for a thread whose parent or children may print the same lines. Such a line is shipped once, by the
 * process that made it. What is not printed cannot be seen by another process, and is always shipped.
 * @param ownsStreams Whether what is written to the streams is captured in this thread. If not, the thread that started it
 * knows what the children have shipped.
 */
export function createPrintedOnce(
  transport: Transport,
  env: NodeJS.ProcessEnv,
  ownsStreams: boolean,
): PrintedOnce {
  const { ledger, readers } = joinFamily(env, ownsStreams);
  const children = ledger === undefined ? undefined : new OwnLedger(ledger);
  const stdout = open(readers.stdout);
  const stderr = readers.stderr === readers.stdout ? stdout : open(readers.stderr);
  const parents = { stdout, stderr };
  return {
    transport: {
      active: transport.active,
      loggers: transport.loggers,
      write(input) {
        if (input.stream !== undefined) {
          parents[input.stream]?.note(input.text);
          if (children?.claim(input.text)) return;
        }
        transport.write(input);
      },
      flush: (options) => transport.flush(options),
      flushSync: (options) => transport.flushSync(options),
      close: (options) => transport.close(options),
      ready: (timeoutMs) => transport.ready(timeoutMs),
      setContextProvider: (provider) => transport.setContextProvider(provider),
      setDeadline: (deadline) => transport.setDeadline(deadline),
      get stats() {
        return transport.stats;
      },
    },
    removeFile: () => children?.remove(),
    close() {
      for (const file of [children, stdout, stderr]) file?.close();
    },
  };
}

function open(reader: string | undefined): LedgerWriter | undefined {
  return reader === undefined ? undefined : new LedgerWriter(reader);
}
