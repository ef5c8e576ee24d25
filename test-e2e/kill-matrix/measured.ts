/** What the kill matrix measured: one file for each test that does, since they run at the same time. */
import {
  keepMeasurements,
  measurementsFile,
  readMeasurements,
} from '../environment/measurements.ts';
import type { StoredLines } from './stored-lines.ts';

/** One cell as measured. */
export interface MeasuredCell extends StoredLines {
  readonly way: string;
  readonly writer: string;
  readonly termination: string;
  /** Major version of Node. */
  readonly node: number;
  /** `files`, `pipes`, or `container`. */
  readonly output: string;
  /** Whether exit code, signal, stdout and stderr were those of the run without direct-logging; absent where there was none. */
  readonly unchanged?: boolean;
}

const FILES = ['results', 'removed-by-force'] as const;

/** Keeps the cells that one of the tests has measured, in a full run. Those that did not run this time stay. */
export function keepCells(name: (typeof FILES)[number], cells: readonly MeasuredCell[]): void {
  const keys = new Set(cells.map(keyOf));
  const others = readMeasurements<MeasuredCell>(fileOf(name)).filter(
    (cell) => !keys.has(keyOf(cell)),
  );
  keepMeasurements(fileOf(name), [...others, ...cells]);
}

function keyOf({ way, writer, termination, node, output }: MeasuredCell): string {
  return [way, writer, termination, node, output].join();
}

/** What was measured last, by both. */
export function measuredCells(): MeasuredCell[] {
  return FILES.flatMap((name) => readMeasurements<MeasuredCell>(fileOf(name)));
}

function fileOf(name: string): URL {
  return measurementsFile(`kill-matrix/${name}`);
}
