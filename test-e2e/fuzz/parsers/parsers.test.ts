/** Every parser of foreign bytes holds for what the fuzzer has found before, and for what it finds in a short time. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { isFullRun } from '../../environment/extent.ts';
import { tryCommand } from '../../environment/run-command.ts';
import { fuzzParsers } from './fuzz-parsers.ts';
import * as targets from './targets.ts';

const SECONDS = isFullRun() ? 120 : 2;
/** Some of them each day, or all in the matrix. */
const DAYS = 6;
const TODAY = Math.floor(Date.now() / 86_400_000);
const FUZZED = Object.keys(targets).filter((_, at) => isFullRun() || at % DAYS === TODAY % DAYS);

it.each(Object.entries(targets))('%s holds for what was found before', async (name, target) => {
  const folder = new URL(`corpus/${name}/`, import.meta.url);
  await target(Buffer.from(''));
  if (!existsSync(folder)) return;
  for (const file of readdirSync(folder)) await target(readFileSync(new URL(file, folder)));
});

it('Node reads them as they are, as the weekly run does', async () => {
  const source = new URL('targets.ts', import.meta.url).href;
  const { stderr, code } = await tryCommand(process.execPath, ['-e', `import('${source}')`]);
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
});

it(`the fuzzer finds nothing in ${FUZZED}`, { timeout: 3_600_000 }, async () => {
  const found = await fuzzParsers(FUZZED, SECONDS);
  expect(found.filter(({ failure }) => failure !== undefined)).toEqual([]);
  for (const { runs } of found) expect(runs).toBeGreaterThan(10);
});
