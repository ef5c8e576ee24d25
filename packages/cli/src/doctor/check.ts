/** What the doctor says about one step. */

/** How long each may take. */
export const STEP_TIMEOUT_MS = 5_000;
export const STEP_S: number = STEP_TIMEOUT_MS / 1_000;

/** `fail` keeps records from arriving. `warn` may do so, or is a bad sign. `note` is neither. */
export type Verdict = 'ok' | 'note' | 'warn' | 'fail';

export interface Check {
  readonly name: string;
  readonly verdict: Verdict;
  /** One sentence, without credentials. */
  readonly finding: string;
  readonly next?: string | undefined;
}

/** Everything that was checked, in the order of a record's way to the server. */
export interface DoctorReport {
  /** False when something keeps records from arriving. */
  readonly ok: boolean;
  readonly checks: readonly Check[];
  readonly conclusion: string;
  readonly next: string;
}

export function failed(name: string, finding: string, next: string): Check {
  return { name, verdict: 'fail', finding, next };
}
