/** The transport: what programs and integrations write records to. */
import type { LogInput, RecordContext } from './record.ts';

/** How a flush or close ended. */
export interface FlushResult {
  /** True when every record written before the call is acknowledged by the server. */
  readonly complete: boolean;
  /** Records that were still undelivered when the time was up. */
  readonly pending: number;
}

/** Where records go. One per process; it never throws into the program, whatever happens. */
export interface Transport {
  /** Takes one message. Returns at once; never throws. */
  write(input: LogInput): void;
  /** Resolves when everything written before is acknowledged, or when the time is up. Never rejects. */
  flush(options?: { readonly timeoutMs?: number }): Promise<FlushResult>;
  /** The same without the event loop, for `exit` listeners: blocks the thread for the given time at most. */
  flushSync(options?: { readonly timeoutMs?: number }): FlushResult;
  /** Flushes, then closes the connections and takes nothing more. Repeated calls give the same promise. */
  close(options?: { readonly timeoutMs?: number }): Promise<FlushResult>;
  /** Sets what is asked, at every write, for the ids of the work in progress. One provider at a time. */
  setContextProvider(provider: () => RecordContext | undefined): void;
  /** Counters since the start. */
  readonly stats: TransportStats;
}

/** Counters of a transport since its start. */
export interface TransportStats {
  /** Records taken, after the level threshold. */
  readonly written: number;
  /** Records acknowledged by the server. */
  readonly delivered: number;
  /** Records held now. */
  readonly queued: number;
  /** Encoded bytes held now. */
  readonly queuedBytes: number;
  /** Records given up, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Records sent more than once, because an answer did not come. */
  readonly resent: number;
}
