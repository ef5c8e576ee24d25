/** What is told of deliveries: how a flush ended, and the counters. */

/** How a flush or close ended. */
export interface FlushResult {
  /** True when every record written before the call is acknowledged by the server or counted as dropped. */
  readonly complete: boolean;
  /** Records held when the call ended, those written meanwhile included. */
  readonly pending: number;
}

/** Counters of a transport since its start, in records where nothing else is said. */
export interface TransportStats {
  /** Taken, after the level threshold; a message that was split counts once per part. */
  readonly written: number;
  /** Acknowledged by the server. */
  readonly delivered: number;
  /** Held now. */
  readonly queued: number;
  /** Encoded bytes held now. */
  readonly queuedBytes: number;
  /** Given up, by reason: `queue_full`, `too_large`, `rejected`, `closed`, `torn` (half a line in the spool),
   * `nested` (a value that logs without end while it is encoded), `copy` (with `durable`: of a line that the server may have
   * lost after it had acknowledged it), `inactive`. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Sent again because no answer or a retryable one came. No more than these can be in the server twice. */
  readonly resent: number;
  /** In the spool alone, to be read back when there is room: of this process. */
  readonly spooled: number;
}
