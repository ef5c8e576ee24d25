import { expect, test } from 'vitest';
import { asJsonObject, normalize } from '../../src/record/normalize.ts';
import { ourNames } from '../../src/record/our-names.ts';
import { withoutStack } from '../../src/record/without-stack.ts';
import { processorMs } from '../processor-time.ts';

const WINDOW = { nowMs: Date.UTC(2026, 10, 25), retentionMs: 7 * 86_400_000 };

function messageOf(text: string): unknown {
  const record = normalize(text, asJsonObject(text), { text }, ourNames([]), WINDOW);
  return JSON.parse(withoutStack(record).message);
}

test('removes the frames that error.stack has', () => {
  expect(messageOf('Error: a\n    at b (c.js:1:2)\n    at d (e.js:3:4) {\n  code: 1\n}')).toBe(
    'Error: a {\n  code: 1\n}',
  );
});

test('takes linear time for frames that a stranger has made up', () => {
  const ms = processorMs(() => {
    // In the square of their number: a minute.
    const frames = Array.from({ length: 120_000 }, (_, at) => `    at f${at} (a.js:1:1)`);
    expect(messageOf(['Error: a', ...frames].join('\n'))).toBe('Error: a');
  });
  expect(ms).toBeLessThan(10_000);
});
