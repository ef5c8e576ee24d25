/** What the outages measured: one file for each group. */
import {
  keepMeasurement,
  measurementsFile,
  readMeasurements,
} from '../environment/measurements.ts';

/** One measurement; what else is in it is known where it is written. */
export type Measured = Readonly<Record<string, unknown>> & { readonly name: string };

/** The tests that measure, each a group. */
export type Group =
  | 'outages'
  | 'writers'
  | 'server-stops'
  | 'exits'
  | 'memory'
  | 'in-between'
  | 'killed';

/** Keeps one measurement, in a full run. */
export function record(group: Group, name: string, result: object): void {
  keepMeasurement(fileOf(group), name, result);
}

/** What was kept of a group. */
export function measured(group: Group): Measured[] {
  return readMeasurements<Measured>(fileOf(group));
}

function fileOf(group: Group): URL {
  return measurementsFile(`outages/${group}`);
}
