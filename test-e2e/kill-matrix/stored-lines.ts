/** Which of the numbered lines the server has, how often, and in which order. Pure. */
import type { Row } from '../environment/victorialogs-queries.ts';

/** Lines that the program writes. */
export const LINES = 1000;

/** What the server has of them. */
export interface StoredLines {
  /** Different lines. */
  readonly present: number;
  /** Lines too many. */
  readonly duplicates: number;
  /** Whether no line comes before one with a lower number. */
  readonly inOrder: boolean;
}

/** Everything there, once, in order. */
export const ALL_LINES: StoredLines = { present: LINES, duplicates: 0, inOrder: true };

/** Counts the rows of one program, sorted by `_time`. */
export function storedLines(rows: readonly Row[]): StoredLines {
  const numbers = rows.flatMap(({ _msg = '' }) => {
    const [, number] = /^line (\d+):/.exec(_msg) ?? [];
    return number === undefined ? [] : [Number(number)];
  });
  const present = new Set(numbers).size;
  const inOrder = numbers.every((number, at) => at === 0 || number >= (numbers[at - 1] ?? 0));
  return { present, duplicates: numbers.length - present, inOrder };
}
