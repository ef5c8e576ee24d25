/** The measured results, kept in a file from which the documentation's table is made. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** One cell as measured. */
export interface Result {
  readonly client: string;
  readonly handler: string;
  /** Major version of Node. */
  readonly node: number;
  readonly format: string;
  /** Whether answers, stdout and stderr were those of the run without us. */
  readonly unchanged: boolean;
  /** Messages that were printed, and of them those stored exactly once, with the right level and ids. */
  readonly printed: number;
  readonly right: number;
}

const FILE = fileURLToPath(new URL('results.json', import.meta.url));

/** What was measured last. */
export async function readResults(): Promise<Result[]> {
  return JSON.parse(await readFile(FILE, 'utf8')) as Result[];
}

/** Replaces all of it; one result a line, in the same order every time, so that changes can be read. */
export async function writeResults(results: readonly Result[]): Promise<void> {
  const lines = results.map((result) => JSON.stringify(result)).sort();
  await writeFile(FILE, `[\n${lines.join(',\n')}\n]\n`);
}
