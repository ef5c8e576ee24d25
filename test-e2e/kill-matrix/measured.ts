/** What the kill matrix measured: one file for each test that does, since they run at the same time. */
import { keepMeasurements, readMeasurements } from '../environment/measurements.ts';
import type { StoredLines } from './stored-lines.ts';

/** One cell as measured. */
export interface MeasuredCell extends StoredLines {
  readonly way: string;
  readonly writer: string;
  readonly ending: string;
  /** Major version of Node. */
  readonly node: number;
  /** `files`, `pipes`, or `container`. */
  readonly output: string;
  /** Whether exit code, signal, stdout and stderr were those of the run without us; absent where there was none. */
  readonly unchanged?: boolean;
}

const FILES = ['results', 'removed-by-force'] as const;

/** Keeps all cells of one of the tests, in a full run. */
export function keepCells(name: (typeof FILES)[number], cells: readonly MeasuredCell[]): void {
  keepMeasurements(fileOf(name), cells);
}

/** What was measured last, by both. */
export function measuredCells(): MeasuredCell[] {
  return FILES.flatMap((name) => readMeasurements<MeasuredCell>(fileOf(name)));
}

function fileOf(name: string): URL {
  return new URL(`${name}.json`, import.meta.url);
}
