import { describe, expect, it } from 'vitest';
import { notesOf, RememberedLines } from '../src/notes.ts';

/** More than 32 bits, as the time of today. */
const NOW = 1_800_000_000_000;

function remembering(...lines: string[]): RememberedLines {
  const remembered = new RememberedLines();
  remembered.add(notesOf(lines, NOW));
  return remembered;
}

function takes(remembered: RememberedLines, ...lines: string[]): boolean {
  return remembered.take(notesOf(lines, NOW));
}

describe('RememberedLines', () => {
  it('gives a line as often as it was noted', () => {
    const remembered = remembering('a', 'b', 'a');
    expect(['a', 'a', 'a', 'b', 'b'].map((line) => takes(remembered, line))).toEqual([
      ...[true, true, false, true, false],
    ]);
  });

  it('gives all lines of a message or none', () => {
    const remembered = remembering('a', 'b', 'b');
    expect(takes(remembered, 'b', 'a', 'b', 'b')).toBe(false);
    expect(takes(remembered, 'b', 'b', 'a')).toBe(true);
    expect(takes(remembered, 'a')).toBe(false);
  });

  it('remembers each note for ten seconds', () => {
    const remembered = remembering('a', 'a', 'b');
    remembered.add(notesOf(['a'], NOW + 1));
    const take = (line: string, ms: number) => remembered.take(notesOf([line], NOW + ms));
    expect([take('b', 9_999), take('a', 10_000), take('a', 10_000)]).toEqual([true, true, false]);
  });

  it.each([
    ['different', (index: number) => `other ${index}`],
    ['equal', () => 'other'],
  ])('forgets a line after very many others that are %s', (_, other) => {
    const others = Array.from({ length: 65_536 }, (_, index) => other(index));
    const remembered = remembering('early', 'late', ...others);
    expect(takes(remembered, 'late')).toBe(true);
    remembered.add(notesOf(others, NOW));
    expect(takes(remembered, 'early')).toBe(false);
    expect(takes(remembered, ...others)).toBe(true);
  });
});

it('tells lines apart that differ in one character, wherever it stands', () => {
  const lines = Array.from({ length: 20_000 }, (_, index) => `order ${index} has been paid`);
  const remembered = remembering(...lines);
  expect(lines.filter((line) => takes(remembered, `${line}.`))).toEqual([]);
  expect(lines.filter((line) => !takes(remembered, line))).toEqual([]);
});
