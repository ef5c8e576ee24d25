/** The ledger of this process. The file exists once a child has opened it. */
import { existsSync, unlinkSync } from 'node:fs';
import { HeardChildren } from './heard-children.ts';
import { LedgerReader } from './ledger.ts';
import { ledgerFolder } from './ledger-names.ts';

/** Knows what children have shipped of what this process prints. Never throws. */
export class OwnLedger {
  readonly #path: string;
  readonly #children = new HeardChildren();
  #reader: LedgerReader | undefined;
  #isForbidden = false;
  #lookedAt = 0;

  constructor(name: string) {
    this.#path = `${ledgerFolder()}/${name}`;
  }

  /** Whether children have lately shipped every line of the text. Each noted line counts once. */
  claim(text: string): boolean {
    const now = Date.now();
    if (!this.#children.mayBePrinted(now)) return false;
    // Once per millisecond is enough: a child takes longer than that between opening the ledger and its first line.
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
      // Looks first: the error of a failed call would end the process if a setter of the application throws.
      if (existsSync(this.#path)) unlinkSync(this.#path);
    } catch {
      // It is gone already, or it cannot be removed.
    }
  }

  close(): void {
    this.#children.stop();
    this.#reader?.close();
    this.remove();
  }
}
