/** Lines as the programs of many systems print them: each comes out as it went in, with the level that it names, if it does. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { forTests } from '../environment/for-tests.ts';
import { logSamples } from './log-samples.ts';
import { messagesOf, whatDiffers } from './messages.ts';
import { startPrograms } from './programs.ts';

const programs = forTests(startPrograms);

/** Level, a blank, the line. */
const SAMPLES = fileURLToPath(new URL('./fixtures/samples.txt', import.meta.url));

it('lines of many systems', async () => {
  const samples = (await readFile(SAMPLES, 'utf8')).split('\n').filter((line) => line !== '');
  const { bare, shipped, rows } = await programs.compare({
    args: ['repeats.mjs', SAMPLES],
    expected: samples.length,
  });
  const found = rows.map(({ level, _msg }) => `${level} ${_msg}`);
  expect(found).toEqual(samples);
  expect(shipped.stdout).toBe(bare.stdout);
});

/** In `npm run test:matrix`, since they are fetched. */
const LARGE = process.env.DIRECT_LOGGING_MATRIX ? await logSamples() : [];

it.each(LARGE)('many lines of $system', { timeout: 180_000 }, async ({ lines }) => {
  const file = join(programs.project.folder, 'sample');
  await writeFile(file, `${lines.join('\n')}\n`);
  const messages = messagesOf(lines);
  const { shipped, rows } = await programs.ship({
    args: ['prints-lines.mjs', file],
    env: { VICTORIALOGS_EXIT_TIMEOUT_MS: '20000' },
    expected: messages.length,
    whole: true,
    timeoutMs: 120_000,
  });
  expect(shipped).toMatchObject({ code: 0, stderr: '' });
  const differences = messages.map((message, at) => whatDiffers(message, rows[at]));
  const first = differences.findIndex((difference) => difference !== undefined);
  // Only the place in question: there are thousands of lines.
  if (first >= 0) expect([differences[first], rows[first]]).toEqual(['nothing', messages[first]]);
  expect(rows).toHaveLength(messages.length);
});
