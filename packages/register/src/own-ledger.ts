/** The ledger of this process, which is there from the time on when a child opens it. */
import { existsSync, unlinkSync } from 'node:fs';
import { LedgerReader } from './ledger.ts';
import { ledgerFolder } from './ledger-names.ts';

/** What children have shipped of what this process prints. Never throws. */
export class OwnLedger {
  readonly #path: string;
  #reader: LedgerReader | undefined;
  #isForbidden = false;
  #lookedAt = 0;

  constructor(name: string) {
    this.#path = `${ledgerFolder()}/${name}`;
  }

  /** Whether children have shipped every line of the text lately. Each line that they have noted counts once. */
  claim(text: string): boolean {
    const now = Date.now();
    // Once in a millisecond is enough: a child takes longer from opening the ledger to its first line.
    if (this.#reader === undefined && now !== this.#lookedAt) this.#look(now);
    return this.#reader?.claim(text, now) ?? false;
  }

  #look(now: number): void {
    this.#lookedAt = now;
    if (this.#isForbidden) return;
    try {
      if (!existsSync(this.#path)) return;
      this.#reader = new LedgerReader(this.#path);
    } catch {
      this.#isForbidden = true;
    }
  }

  /** Removes the file. What was noted in it can still be claimed. */
  remove(): void {
    try {
      // Not by trying: the error of a call that fails would end the process if a setter of the application's throws.
      if (existsSync(this.#path)) unlinkSync(this.#path);
    } catch {
      // Somebody else has removed it.
    }
  }

  close(): void {
    this.#reader?.close();
    this.remove();
  }
}
