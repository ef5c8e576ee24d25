/** Of which request a line has the ids. */
import { expect, test } from 'vitest';
import { shippingPrograms } from '../../core/test/shipping-programs.ts';

const run = shippingPrograms(import.meta.url);

/** The lines, with the requests whose ids they have. */
function requestsOf(way: string): Array<[string, string | undefined]> {
  return run('requests.ts', [way]).shipped.map(({ text, trace_id }) => [text, trace_id?.[0]]);
}

/** Those that have the ids of another request. */
function wrong(lines: ReadonlyArray<[string, string | undefined]>): unknown[] {
  return lines.filter(([text, id]) => id !== undefined && id !== text[0]);
}

test('a stream that prints a line when the one before it is printed: only the first line has ids', () => {
  const lines = requestsOf('a file stream');
  expect(wrong(lines)).toEqual([]);
  expect(lines[0]).toEqual(['a 0', 'a']);
  expect(lines).toHaveLength(15);
});

test.each(['calls of fs.write', 'code after a write'])('each line has its own ids: %s', (way) => {
  const lines = requestsOf(way);
  expect(lines.length).toBeGreaterThan(3);
  expect(lines.filter(([text, id]) => id !== text[0])).toEqual([]);
});

test('a worker serves other requests than the one that started it: its lines have no ids', () => {
  const lines = requestsOf('a worker');
  expect(lines).toHaveLength(12);
  expect(lines.filter(([, id]) => id !== undefined)).toEqual([]);
});
