/** The measured results, kept in a file from which the documentation's table is made. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { StoredLines } from './stored-lines.ts';

/** One cell as measured. */
export interface Result extends StoredLines {
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

/** One file for each test that writes one: they run at the same time. */
const FILES = ['results.json', 'removed-by-force.json'] as const;

/** What was measured last. */
export async function readResults(): Promise<Result[]> {
  const texts = await Promise.all(FILES.map((name) => readFile(pathOf(name), 'utf8')));
  return texts.flatMap((text) => JSON.parse(text) as Result[]);
}

/** Replaces all of it; one result a line, in the same order every time, so that changes can be read. */
export async function writeResults(
  name: (typeof FILES)[number],
  results: readonly Result[],
): Promise<void> {
  const lines = results.map((result) => JSON.stringify(result)).sort();
  await writeFile(pathOf(name), `[\n${lines.join(',\n')}\n]\n`);
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
