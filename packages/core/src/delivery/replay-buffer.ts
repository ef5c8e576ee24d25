/**
 * Acknowledged lines, kept for as long as a killed server may still lose them. Pure.
 *
 * @lazy
 */

/**
 * VictoriaLogs writes to disk every 5 s (`-inmemoryDataFlushInterval`). In measurements with 1.52.1, kill -9 lost rows
 * acknowledged up to 11 s before. Sending the last 15 s again left no gap.
 * https://github.com/VictoriaMetrics/VictoriaLogs/blob/master/app/vlstorage/main.go
 */
const KEEP_MS = 15_000;

export class ReplayBuffer {
  readonly #maxBytes: number;
  #kept: Array<{ readonly lines: Buffer; readonly at: number }> = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Keeps lines acknowledged at `now`; the caller must not change them later. Forgets the oldest lines if there is no room. Lines
   * that could never fit are not kept, and displace nothing.
   */
  keep(lines: Buffer, now: number): void {
    if (lines.length > this.#maxBytes) return;
    this.#kept.push({ lines, at: now });
    this.#bytes += lines.length;
    while (this.#kept.length > 0) {
      const oldest = this.#kept[0] as { lines: Buffer; at: number };
      if (oldest.at > now - KEEP_MS && this.#bytes <= this.#maxBytes) return;
      this.#bytes -= oldest.lines.length;
      this.#kept.shift();
    }
  }

  /** Returns and forgets the lines that the server may have lost, each with its newline. */
  takeEndangered(now: number): string[] {
    const endangered = this.#kept.filter(({ at }) => at > now - KEEP_MS);
    this.#kept = [];
    this.#bytes = 0;
    return endangered.flatMap(({ lines }) => lines.toString().split(/(?<=\n)/));
  }
}
