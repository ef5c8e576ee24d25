/** Finds a text in another one, in a time that is linear in both lengths. Pure. @lazy */

/** V8's own search takes at most this many steps for each character of the text. */
const MAX_SHORT = 64;

/**
 * Where the part begins in the text, at `from` or later; -1: nowhere. V8's own search compares a part with every place of the text,
 * which takes minutes if a stranger has chosen both: https://github.com/nodejs/node/blob/main/deps/v8/src/strings/string-search.h
 * (`BoyerMooreSearch`). This is the search of Knuth, Morris and Pratt.
 */
export function findText(text: string, part: string, from = 0): number {
  if (part.length <= MAX_SHORT || text.startsWith(part, from)) return text.indexOf(part, from);
  const repeats = new Uint32Array(part.length);
  /** How much of the part is found when one character more is read. */
  const next = (found: number, code: number): number => {
    let length = found;
    while (length > 0 && part.charCodeAt(length) !== code) length = repeats[length - 1] as number;
    return part.charCodeAt(length) === code ? length + 1 : 0;
  };
  for (let at = 1; at < part.length; at++) {
    repeats[at] = next(repeats[at - 1] as number, part.charCodeAt(at));
  }
  for (let at = from, found = 0; at < text.length; at++) {
    found = next(found, text.charCodeAt(at));
    if (found === part.length) return at + 1 - found;
  }
  return -1;
}
