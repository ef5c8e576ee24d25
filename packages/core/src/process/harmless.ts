/** Makes foreign text harmless for a terminal. Pure. @lazy secrets */

/**
 * They could move the cursor, rename the window, write to the clipboard (C0 and C1, which begin every escape sequence), or show
 * a text in another order than it has (bidirectional controls, https://trojansource.codes).
 */
const HARMFUL = /(?![\t\n])[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** The text with each character that a terminal or a reader could mistake as its number, as in JSON. Lines and tabs stay. */
export function harmless(text: string): string {
  return text.replace(HARMFUL, numbered);
}

/** A character as its number. */
export function numbered(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
