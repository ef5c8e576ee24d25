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
    const remembered = remembering('a', 'a', 'a');
    remembered.add(notesOf(['a'], NOW + 1));
    const takenAt = [9_999, 10_000, 10_001].map((ms) => remembered.take(notesOf(['a'], NOW + ms)));
    expect(takenAt).toEqual([true, true, false]);
  });

  it('forgets the oldest of very many', () => {
    const remembered = remembering(...Array.from({ length: 65_536 }, (_, index) => `old ${index}`));
    remembered.add(
      notesOf(['old 8', ...Array.from({ length: 9 }, (_, index) => `new ${index}`)], NOW),
    );
    expect(['old 7', 'old 8', 'old 10', 'new 8'].map((line) => takes(remembered, line))).toEqual([
      ...[false, true, true, true],
    ]);
  });
});

it('tells lines apart that differ in one character, wherever it stands', () => {
  const lines = Array.from({ length: 20_000 }, (_, index) => `order ${index} has been paid`);
  const remembered = remembering(...lines);
  expect(lines.filter((line) => takes(remembered, `${line}.`))).toEqual([]);
  expect(lines.filter((line) => !takes(remembered, line))).toEqual([]);
});
