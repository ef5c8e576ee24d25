/** What is reported about deliveries: how a flush ended, and the counters. */

/** How a flush or close ended. */
export interface FlushResult {
  /** True when every record written before the call is acknowledged by the server, counted as dropped, or left in the spool. */
  readonly complete: boolean;
  /** Records held when the call ended, including those written in the meantime. */
  readonly pending: number;
}

/** Counters of a transport since its start, in records unless something else is said. */
export interface TransportStats {
  /** Records taken, after the level threshold. A message that was split counts once per part. */
  readonly written: number;
  /** Acknowledged by the server. */
  readonly delivered: number;
  /** Held now. */
  readonly queued: number;
  /** Held now, without those in a spool: those of which nothing has left the process. */
  readonly unsent: number;
  /** Encoded bytes held now. */
  readonly queuedBytes: number;
  /** Given up, by reason: `queue_full`, `too_large`, `rejected`, `closed`, `truncated` (half a line in the spool),
   * `nested` (a value that logs without end while it is encoded), `copy` (with `durable`: a kept copy of a line that the server
   * acknowledged and may have lost), `inactive`. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Put back to be sent again. Apart from lines read back from a spool, no more than these can be in the server twice. */
  readonly resent: number;
  /** Records of this process that are only in the spool. They are read back when there is room. */
  readonly spooled: number;
  /** Where the last attempt to deliver went, and why it failed. Undefined if it did not fail. */
  readonly lastFailure?: string | undefined;
}
