/** Acknowledged lines, kept for as long as a killed server may still lose them. Pure. @lazy */
import { ANSWER_TIMEOUT_MS } from '../senders/sender.ts';

/**
 * VictoriaLogs writes to disk every 5 s (`-inmemoryDataFlushInterval`). In measurements with 1.52.1, kill -9 lost rows
 * acknowledged up to 11 s before. Sending the last 15 s again left no gap.
 * https://github.com/VictoriaMetrics/VictoriaLogs/blob/master/app/vlstorage/main.go
 */
const KEEP_MS = 15_000;

/** Lines of a delivery, as in its statistics. */
interface Counts {
  resent: number;
  delivered: number;
}

/** What a server may have lost. */
export interface Endangered {
  /** Each with its newline. */
  readonly lines: readonly string[];
  /** How many more there were no room for. */
  readonly forgotten: number;
}

export class ReplayBuffer {
  readonly #maxBytes: number;
  #kept: Array<{ readonly lines: Buffer; readonly at: number }> = [];
  #bytes = 0;
  #forgotten: Array<{ readonly lines: number; readonly at: number }> = [];

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Keeps lines acknowledged at `now`; the caller must not change them later. Forgets the oldest lines if there is no room. Lines
   * that could never fit are not kept, and displace nothing.
   */
  keep(lines: Buffer, now: number): void {
    const isEndangered = ({ at }: { readonly at: number }): boolean => at > now - KEEP_MS;
    const forget = (one: Buffer, at: number) =>
      this.#forgotten.push({ lines: linesOf(one).length, at });
    while (this.#forgotten[0] && !isEndangered(this.#forgotten[0])) this.#forgotten.shift();
    if (lines.length > this.#maxBytes) {
      forget(lines, now);
      return;
    }
    this.#kept.push({ lines, at: now });
    this.#bytes += lines.length;
    for (let [oldest] = this.#kept; oldest !== undefined; [oldest] = this.#kept) {
      if (isEndangered(oldest) && this.#bytes <= this.#maxBytes) return;
      this.#bytes -= oldest.lines.length;
      this.#kept.shift();
      if (isEndangered(oldest)) forget(oldest.lines, oldest.at);
    }
  }

  /** Has what the server may have lost sent again. Returns how many more lines there were no room for. */
  replay(now: number, counts: Counts, append: (line: string) => void): number {
    const { lines, forgotten } = this.takeEndangered(now);
    counts.resent += lines.length;
    counts.delivered -= lines.length + forgotten;
    for (const line of lines) append(line);
    return forgotten;
  }

  /** Returns and forgets what the server may have lost, if contact to it is found to be lost at `now`. */
  takeEndangered(now: number): Endangered {
    // A server that has lost power says nothing: this is noticed only when an answer is late. Until its last one it was there.
    const lostAt = Math.max(this.#kept.at(-1)?.at ?? 0, now - ANSWER_TIMEOUT_MS);
    const isEndangered = ({ at }: { readonly at: number }): boolean => at > lostAt - KEEP_MS;
    const kept = this.#kept.filter(isEndangered);
    const forgotten = this.#forgotten.filter(isEndangered);
    this.#kept = [];
    this.#forgotten = [];
    this.#bytes = 0;
    return {
      lines: kept.flatMap(({ lines }) => linesOf(lines)),
      forgotten: forgotten.reduce((sum, { lines }) => sum + lines, 0),
    };
  }
}

function linesOf(lines: Buffer): string[] {
  return lines.toString().split(/(?<=\n)/);
}
