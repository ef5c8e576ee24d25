/** What this machine lacks for some of the tests: said where it is found out, and once more at the end of the run. */
import { appendFileSync, readFileSync } from 'node:fs';
import { type Say, sayOnStderr } from './progress.ts';

/** Names the file that collects it for the end. */
export const MISSING_VARIABLE = 'DIRECT_LOGGING_MISSING';

/**
 * Says what is not tested here, and what to do about it.
 * @param what `Tests in containers are skipped: no Docker engine answers`, without the full stop.
 * @param remedy A whole sentence.
 */
export function sayMissing(what: string, remedy: string, say: Say = sayOnStderr): void {
  const said = `${what.replace(/\.$/, '')}. ${remedy}`;
  say(said);
  const file = process.env[MISSING_VARIABLE];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(said)}\n`);
}

/** What was said in all processes of the run, each once. */
export function readMissing(file: string): readonly string[] {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return [...new Set(lines.map((line) => JSON.parse(line) as string))];
}
