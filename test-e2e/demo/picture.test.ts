/** The README's picture shows what happens. */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { drawKilled } from './draw-killed.ts';
import { runKilled } from './killed-run.ts';

it('draws a program that is killed as it is drawn in the README', async () => {
  const run = await runKilled();
  expect(run.signal).toBe('SIGKILL');
  expect(run.records).toHaveLength(4);
  const picture = new URL('../../docs/images/killed.svg', import.meta.url);
  // `npm run picture` draws it.
  expect(drawKilled(run)).toBe(await readFile(picture, 'utf8'));
});
