/** What the benchmarks remove from the product is still there. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type Change, changed, PARTS } from '../../bench/removal/parts.ts';
import { REMOVALS, WITH_BUILTINS } from '../../bench/start/parts.ts';

const changes: readonly (readonly [string, readonly Change[]])[] = [
  ...Object.entries(PARTS),
  ...REMOVALS.map((removal): [string, Change[]] => [`a start: ${removal.part}`, [removal]]),
  ['a start: running the first file', WITH_BUILTINS],
];

it.each(changes)('%s', (_, all) => {
  for (const change of all) {
    const source = readFileSync(new URL(`../../packages/${change.file}`, import.meta.url), 'utf8');
    expect(changed(source, change)).not.toBe(source);
  }
});
