/**
 * Counts what was given up, by reason, and how much of it is not yet reported. What is left out on purpose is not
 * counted: `write` in `transport.ts` decides that for a filter, `encode/encode.ts` for a level.
 */

export type DropReason =
  | 'queue_full'
  | 'too_large'
  | 'rejected'
  | 'closed'
  | 'truncated'
  | 'nested'
  | 'copy';

export type DropCounts = Readonly<Record<string, number>>;

export class Drops {
  readonly #counts: Record<string, number> = {};
  /** Those that the server has a record of. */
  #reported: DropCounts = {};
  /** Those, and those in a report that is in flight. */
  #inFlight: DropCounts | undefined;

  /** Since the start. */
  get counts(): DropCounts {
    return { ...this.#counts };
  }

  /** How many the server has no record of. */
  get unreported(): number {
    return sumOf(this.#counts) - sumOf(this.#reported);
  }

  add(reason: DropReason, lines: number): void {
    this.#counts[reason] = (this.#counts[reason] ?? 0) + lines;
  }

  /** What the next record has to report. Undefined if that is nothing, or while the report before is in flight. */
  nextReport(): [counts: DropCounts, reported: DropCounts] | undefined {
    if (this.#inFlight || this.unreported === 0) return undefined;
    this.#inFlight = this.counts;
    return [this.#inFlight, this.#reported];
  }

  /** The server has the record, or never will. */
  ended(isDelivered: boolean): void {
    if (isDelivered) this.#reported = this.#inFlight ?? this.#reported;
    this.#inFlight = undefined;
  }
}

function sumOf(counts: DropCounts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
