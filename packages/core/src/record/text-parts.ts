/** What the readers of a text that names its fields have in common. Pure. */

/** The part of the rules that matters in a text. */
export interface Rules {
  hidesAnywhere(name: string): boolean;
  /** Where the first thing ends, from a position on, that can be in a hidden name; -1 without one. */
  mentions(text: string, from?: number): number;
}

export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A text in place of what is there. */
export interface Edit extends Range {
  readonly text: string;
}

/** Between the parts of a name: `user:password`, `user/password`, `user%5Bpassword%5D` and `"password"` are members. */
export const AROUND_PARTS: RegExp =
  /(?:[\s\p{Cc}[\]"'`\\?&/!#()*+,:;<=>^{|}~\u2018-\u201f\u00ab\u00bb]|%5[BD])+/giu;
/** What a terminal does not show: a change of color, an end of line that is cleared, both ends of a link. */
export const COLOR: string =
  '\\u001b(?:\\[[\\d;:]{0,32}[mK]|\\]8;[^\\s\\u0007\\u001b]{0,512}(?:\\u0007|\\u001b\\\\))';
/** Blanks and changes of color: what may stand between any two parts. */
export const BLANKS: string = `(?:\\s|${COLOR})*`;
/** A quotation mark. CSV doubles those inside of a field, but `""` can also be an empty string. */
export const QUOTE: string =
  '(?:""(?![\\s,;:})\\]]|$)|(?<![\\s,;:({[=\\\\])""(?=[\\s,;:})\\]]|$)|["\'`])';
const BLANKS_OR_COLOR = new RegExp(`\\s+|${COLOR}`, 'y');

/** The end of the match that begins here; the same position if there is none. */
export function endOfMatch(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

/** The position after blanks and colors. A loop: the text can have more of them than one match of V8 can go back over. */
export function skipBlanks(text: string, at: number): number {
  let end = at;
  for (let before = -1; end > before; ) {
    before = end;
    end = endOfMatch(BLANKS_OR_COLOR, text, end);
  }
  return end;
}

/** The ranges in their order, with those that overlap as one. */
export function united(ranges: readonly Range[]): Range[] {
  const all: Range[] = [];
  for (const { start, end } of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = all.at(-1);
    if (last === undefined || start >= last.end) all.push({ start, end });
    else if (end > last.end) all[all.length - 1] = { start: last.start, end };
  }
  return all;
}

/** The text with all edits, which are in their order. One inside of another does not count. */
export function edited(text: string, edits: readonly Edit[]): string {
  let result = '';
  let copied = 0;
  for (const { start, end, text: instead } of edits) {
    if (start < copied) continue;
    result += text.slice(copied, start) + instead;
    copied = end;
  }
  return copied === 0 ? text : result + text.slice(copied);
}
