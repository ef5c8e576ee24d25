/** Measurements of the tests, kept in files from which the tables of the documentation are made. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where they are kept: one file for each group. */
const RESULTS: URL = new URL('results/', import.meta.url);

/** Keeps one measurement. In short runs nothing is kept: their numbers say nothing about the full ones. */
export function record(group: string, name: string, result: object): void {
  if (!isFullRun()) return;
  mkdirSync(RESULTS, { recursive: true });
  const results = { ...read(group), [name]: result };
  writeFileSync(pathOf(group), `${JSON.stringify(results, null, 2)}\n`);
}

/** What was kept of a group, by name. */
export function read(group: string): Record<string, Record<string, unknown>> {
  try {
    return JSON.parse(readFileSync(pathOf(group), 'utf8'));
  } catch {
    return {};
  }
}

/** Whether this is the long run, `npm run test:matrix`. */
export function isFullRun(): boolean {
  return process.env.DIRECT_LOGGING_MATRIX === '1';
}

function pathOf(group: string): string {
  return fileURLToPath(new URL(`${group}.json`, RESULTS));
}
