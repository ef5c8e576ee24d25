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
  #unreported: Record<string, number> = {};

  /** Since the start. */
  get counts(): DropCounts {
    return { ...this.#counts };
  }

  /** How many were added since the last report. */
  get unreported(): number {
    return Object.values(this.#unreported).reduce((sum, count) => sum + count, 0);
  }

  add(reason: DropReason, lines: number): void {
    this.#counts[reason] = (this.#counts[reason] ?? 0) + lines;
    this.#unreported[reason] = (this.#unreported[reason] ?? 0) + lines;
  }

  /** What was added since the last call; undefined if nothing was. */
  takeUnreported(): DropCounts | undefined {
    const unreported = this.#unreported;
    if (Object.keys(unreported).length === 0) return undefined;
    this.#unreported = {};
    return unreported;
  }
}
