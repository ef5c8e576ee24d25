import fc from 'fast-check';
import { expect, it } from 'vitest';
import { stripEscapes } from '../../src/record/escapes.ts';

it.each([
  ['\u001b[1;31mred\u001b[0m', 'red'],
  ['\u001b[38;5;200mx\u001b[m', 'x'],
  ['\u001b]8;;http://x/\u001b\\link\u001b]8;;\u001b\\', 'link'],
  ['\u001b]0;title\u0007text', 'text'],
  ['by \u001b] from 192.0.2.1 with \u0007', 'by  from 192.0.2.1 with \u0007'],
  ['by \u001b_ from 192.0.2.1\nwith \u001b\\', 'by  from 192.0.2.1\nwith '],
  ['\u001b[2K\u001b[1Gdone', 'done'],
  ['\u001b(Bcharset', 'charset'],
  ['no escapes [31m', 'no escapes [31m'],
])('takes the sequences out of %j', (text, expected) => {
  expect(stripEscapes(text)).toBe(expected);
});

/** Of what sequences are made, too; not the unit `binary`, whose table of all characters takes seconds to make. */
const character = fc.oneof(
  fc.constantFrom('\u009b', '\u0007', '[', ']', '\\', ';', '0', 'm', '\ud800'),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
);

it('leaves any text without escapes as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: character }), (text) => {
      const plain = text.replaceAll('\u001b', '');
      expect(stripEscapes(plain)).toBe(plain);
    }),
  );
});

it('takes linear time: in the square of the length these would take minutes', () => {
  expect(stripEscapes('\u001b]'.repeat(200_000))).toHaveLength(0);
  expect(stripEscapes(`\u001b[${'1;'.repeat(200_000)}`).length).toBeGreaterThan(300_000);
});
