/** What was measured on each platform, kept for the table in the documentation. */
import {
  keepMeasurements,
  measurementsFile,
  readMeasurements,
} from '../environment/measurements.ts';

/** One cell. */
export interface MeasuredCase {
  /** As the documentation calls it. */
  readonly platform: string;
  /** How its lines come to us, as the documentation calls it. */
  readonly way: string;
  /** How the program logs. */
  readonly writer: string;
  /** The termination or outage, as the documentation calls it. */
  readonly termination: string;
  /** Lines written. */
  readonly lines: number;
  /** Different lines that the server has. */
  readonly present: number;
}

const FILE = measurementsFile('platforms/results');

/** Keeps all cells, in a full run. */
export function keepCases(cases: readonly MeasuredCase[]): void {
  keepMeasurements(FILE, cases);
}

/** What was measured last. */
export function measuredCases(): MeasuredCase[] {
  return readMeasurements<MeasuredCase>(FILE);
}
