/** Lines as the programs of many systems print them: each comes out as it went in, with the level that it names, if it does. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Programs, startPrograms } from './programs.ts';

let programs: Programs;
beforeAll(async () => {
  programs = await startPrograms();
});
afterAll(() => programs?.stop());

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
