import { describe, expect, it } from 'vitest';
import { notesOf, RememberedLines } from '../src/notes.ts';

function remembering(...lines: string[]): RememberedLines {
  const remembered = new RememberedLines();
  remembered.forget(100_000);
  remembered.add(notesOf(lines));
  return remembered;
}

describe('RememberedLines', () => {
  it('gives a line as often as it was noted', () => {
    const remembered = remembering('a', 'b', 'a');
    expect(['a', 'a', 'a', 'b', 'b'].map((line) => remembered.take(notesOf([line])))).toEqual([
      ...[true, true, false, true, false],
    ]);
  });

  it('gives all lines of a message or none', () => {
    const remembered = remembering('a', 'b');
    expect(remembered.take(notesOf(['a', 'b', 'b']))).toBe(false);
    expect(remembered.take(notesOf(['b', 'a']))).toBe(true);
    expect(remembered.take(notesOf(['a']))).toBe(false);
  });

  it('remembers for ten seconds, and not for more than twenty', () => {
    const remembered = remembering('a', 'a');
    remembered.forget(109_999);
    remembered.forget(110_000);
    expect(remembered.take(notesOf(['a']))).toBe(true);
    remembered.forget(120_000);
    expect(remembered.take(notesOf(['a']))).toBe(false);
  });

  it('forgets the oldest of very many', () => {
    const remembered = remembering(...Array.from({ length: 65_536 }, (_, index) => `old ${index}`));
    remembered.forget(100_001);
    remembered.add(notesOf(Array.from({ length: 65_536 }, (_, index) => `new ${index}`)));
    remembered.forget(100_002);
    expect(remembered.take(notesOf(['old 7']))).toBe(false);
    expect(remembered.take(notesOf(['new 7']))).toBe(true);
  });
});

it('tells lines apart that differ in one character, wherever it stands', () => {
  const lines = Array.from({ length: 20_000 }, (_, index) => `order ${index} has been paid`);
  const remembered = remembering(...lines);
  expect(lines.filter((line) => remembered.take(notesOf([`${line}.`])))).toEqual([]);
  expect(lines.filter((line) => !remembered.take(notesOf([line])))).toEqual([]);
});
