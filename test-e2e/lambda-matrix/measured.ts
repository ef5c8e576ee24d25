/** What the Lambda matrix measured. */
import {
  keepMeasurements,
  measurementsFile,
  readMeasurements,
} from '../environment/measurements.ts';

/** One cell as measured. */
export interface MeasuredFunction {
  readonly client: string;
  readonly handler: string;
  /** Major version of Node. */
  readonly node: number;
  readonly format: string;
  /** Whether answers, stdout and stderr were those of the run without direct-logging. */
  readonly unchanged: boolean;
  /** Messages that were printed, and of them those stored exactly once, with the right level and ids. */
  readonly printed: number;
  readonly right: number;
}

const FILE = measurementsFile('lambda-matrix/results');

/** Keeps all cells, in a full run. */
export function keepFunctions(functions: readonly MeasuredFunction[]): void {
  keepMeasurements(FILE, functions);
}

/** What was measured last. */
export function measuredFunctions(): MeasuredFunction[] {
  return readMeasurements<MeasuredFunction>(FILE);
}
