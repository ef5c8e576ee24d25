/** What the doctor says about each step, in the order of a record's way to the server. */

export const STEP_S = 5;
export const STEP_TIMEOUT_MS: number = STEP_S * 1_000;

/** `fail` keeps records from arriving. `warn` may do so, or is a bad sign. `note` is neither. */
export type Verdict = 'ok' | 'note' | 'warn' | 'fail';

export interface Check {
  readonly name: string;
  readonly verdict: Verdict;
  /** One sentence, without credentials. */
  readonly finding: string;
  readonly next?: string | undefined;
}

export interface DoctorReport {
  /** False when something keeps records from arriving. */
  readonly ok: boolean;
  readonly checks: readonly Check[];
  readonly conclusion: string;
  readonly next: string;
}

export const failed = (name: string, finding: string, next: string): Check =>
  checked('fail', name, finding, next);

export function checked(verdict: Verdict, name: string, finding: string, next?: string): Check {
  return { name, verdict, finding, next };
}
