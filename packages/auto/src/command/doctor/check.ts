/** What the doctor says about one step. */

/** `fail` keeps records from arriving; `warn` may, or is no good sign; `note` is neither. */
export type Verdict = 'ok' | 'note' | 'warn' | 'fail';

/** One line of the doctor's report. */
export interface Check {
  readonly name: string;
  readonly verdict: Verdict;
  /** One sentence, without credentials. */
  readonly finding: string;
  /** What to do about it. */
  readonly next?: string | undefined;
}

/** All that was looked at, in the order in which a record would get there. */
export interface DoctorReport {
  /** False when something keeps records from arriving. */
  readonly ok: boolean;
  readonly checks: readonly Check[];
  /** The one thing to do next; undefined when there is nothing. */
  readonly next: string | undefined;
}
