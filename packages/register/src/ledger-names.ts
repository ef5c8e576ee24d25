/** What ledgers are called, and where they are. */
import { tmpdir } from 'node:os';

/** The name of a new ledger. It is too random to be guessed, so no other program can make the file first. */
export function newLedgerName(pid: number): string {
  const random = () => Math.random().toString(36).slice(2);
  return `${pid}-${random()}${random()}`;
}

/** The folder of all ledgers of this user. */
export function ledgerFolder(): string {
  return `${tmpdir()}/direct-logging-${process.getuid?.() ?? 'ledgers'}`;
}
