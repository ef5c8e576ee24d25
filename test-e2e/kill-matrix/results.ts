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
  readonly output: string;
  /** Whether exit code, signal, stdout and stderr were those of the run without us. */
  readonly unchanged: boolean;
}

const FILE = fileURLToPath(new URL('./results.json', import.meta.url));

/** What was measured last. */
export async function readResults(): Promise<Result[]> {
  return JSON.parse(await readFile(FILE, 'utf8')) as Result[];
}

/** Replaces all of it; one result a line, in the same order every time, so that changes can be read. */
export async function writeResults(results: readonly Result[]): Promise<void> {
  const lines = results.map((result) => JSON.stringify(result)).sort();
  await writeFile(FILE, `[\n${lines.join(',\n')}\n]\n`);
}
