/** What bench/removal.ts removes from the product is still there. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type Change, changed, PARTS } from '../../bench/removal/parts.ts';

it.each(Object.entries(PARTS))('%s', (_, changes: readonly Change[]) => {
  for (const change of changes) {
    const source = readFileSync(new URL(`../../packages/${change.file}`, import.meta.url), 'utf8');
    expect(changed(source, change)).not.toBe(source);
  }
});
