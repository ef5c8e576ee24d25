/** Removes terminal control sequences (colors, cursor movements, links) from a text. */

/*
 * CSI; OSC ended by BEL or ESC \; other control strings; two-character sequences. No part can run past the next ESC, so
 * the time is linear for any text. A string has no blanks here, as the address of a link has none: whoever begins one in a line and
 * ends it later in the same line must not remove what others have written in between.
 */
const SEQUENCE = new RegExp(
  [
    '\\[[0-?]*[ -/]*[@-~]',
    '\\][^\\s\\u0007\\u001b]*(?:\\u0007|\\u001b\\\\)',
    '[PX^_][^\\s\\u001b]*\\u001b\\\\',
    '[ -/]*[0-~]',
  ]
    .map((sequence) => `\\u001b${sequence}`)
    .join('|'),
  'g',
);

/** The text as a reader sees it. The same string when there is nothing to remove. */
export function stripEscapes(text: string): string {
  return text.includes('\u001b') ? text.replace(SEQUENCE, '') : text;
}
