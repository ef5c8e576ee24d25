import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { oneLine, paint, printerFor, rendered } from '../src/print.ts';

/** What writes to the clipboard, clears the screen, renames the window, hides text, or shows it in another order. */
const HOSTILE = [
  '\x1b]52;c;cm0gLXJmIH4=\x07',
  '\x1b[2J\x1b[H',
  '\x1b]0;title\x1b\\',
  '\x9b2J',
  '\x1b[8mhidden',
  'a\rb',
  '\b\b\b',
  '\u202eoofed\u202c',
  '\u2066x\u2069',
  '\u2028',
];

describe('rendered', () => {
  it.each(HOSTILE)('shows each harmful character of %j as its number', (text) => {
    for (const hasColors of [true, false]) {
      const shown = rendered(`a ${text} b\n`, hasColors);
      expect(shown).toMatch(/^a .*\\u[0-9a-f]{4}.* b\n$/);
      expect(shown).not.toMatch(/(?!\n)[\p{Cc}\u202a-\u202e\u2028\u2066-\u2069]/u);
      expect(rendered(paint('red', text), hasColors)).not.toContain(text);
    }
  });

  it('has the colors of ours alone', () => {
    expect(rendered(paint('green', '\x1b[31mred'), true)).toBe('\x1b[32m\\u001b[31mred\x1b[39m');
    expect(rendered(paint('green', 'ok'), false)).toBe('ok');
  });

  it('leaves JSON valid, with the same value', () => {
    const value = { text: HOSTILE.join('\n') };
    const shown = rendered(`${JSON.stringify(value, null, 2)}\n`, false);
    expect(JSON.parse(shown)).toEqual(value);
  });

  it('leaves other text alone', () => {
    const text = 'ünïcode 日本語 🎉 עברית\n\ttab\n';
    expect(rendered(text, true)).toBe(text);
  });
});

it('says one sentence on one line', () => {
  expect(oneLine('a\nb')).toBe('a\\u000ab');
  const stderr = new PassThrough();
  const { say } = printerFor(
    new PassThrough() as unknown as NodeJS.WriteStream,
    stderr as unknown as NodeJS.WriteStream,
  );
  say('the server answers 400:\n\x1b[2J');
  expect(String(stderr.read())).toBe('direct-logging: the server answers 400:\\u000a\\u001b[2J\n');
});
