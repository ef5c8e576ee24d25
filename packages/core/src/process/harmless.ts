/** Makes foreign text harmless for a terminal. Pure. @lazy secrets */

/**
 * Characters that could move the cursor, rename the window, write to the clipboard (C0 and C1, which begin every escape sequence), or
 * show a text in another order than it has (bidirectional controls, https://trojansource.codes).
 */
const HARMFUL = /(?![\t\n])[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** The text, in which each character that could mislead a terminal or a reader is escaped as in JSON. Line feeds and tabs stay. */
export function harmless(text: string): string {
  return text.replace(HARMFUL, numbered);
}

/** A character as an escape of JSON. */
export function numbered(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
