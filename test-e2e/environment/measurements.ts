/** What long runs measure, kept in `.measurements/`, which git ignores: the pages in `docs/evidence/` are written from it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isFullRun } from './extent.ts';

/** Where one test keeps what it measures. @param name A path without its extension, such as `outages/memory`. */
export function measurementsFile(name: string): URL {
  return new URL(`../../.measurements/${name}.json`, import.meta.url);
}

/** What was measured last; nothing where the file is not there. */
export function readMeasurements<Result extends object>(file: URL): Result[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return [];
  }
  return JSON.parse(text) as Result[];
}

/**
 * Replaces all of it: one result a line, in the same order every time, so that changes can be read. In short runs nothing
 * is kept, because their numbers say nothing about the full ones.
 */
export function keepMeasurements(file: URL, results: readonly object[]): void {
  if (!isFullRun()) return;
  mkdirSync(new URL('.', file), { recursive: true });
  const lines = results.map((result) => JSON.stringify(result)).sort();
  writeFileSync(file, `[\n${lines.join(',\n')}\n]\n`);
}

/** Replaces the result of this name alone. */
export function keepMeasurement(file: URL, name: string, result: object): void {
  const others = readMeasurements<{ readonly name: string }>(file).filter(
    (other) => other.name !== name,
  );
  keepMeasurements(file, [...others, { name, ...result }]);
}
