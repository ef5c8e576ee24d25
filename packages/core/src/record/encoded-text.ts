/** Undoes what can hide characters in a text, a level at a time: escapes of JSON, URLs and HTML. Pure; linear in its length. */
import { COLOR } from './text-parts.ts';

/** A character by its number: a letter in UTF-8 (`%C3%B1`), `%3d`, `\x3d`, `\u003d`, `&#x3d;`, `&#61;`. */
const NUMBERED =
  /(%[c-f][\da-f](?:%[89ab][\da-f]){1,3})|(?:%|\\x)([\da-f]{2})|\\u([\da-f]{4})|&#x([\da-f]{2});|&#(\d{2,3});/;
/** Node shows each line of a long string as one of its own: `'a\n' + 'b'`. */
const NEXT_LINE = `(?<=n)["'\`](?:${COLOR})? \\+\\n {0,256}(?:${COLOR})?["'\`]`;
const ENCODED = new RegExp(
  `${NUMBERED.source}|&(quot|apos|amp);|\\\\([^\\n])(?:${NEXT_LINE})?`,
  'gi',
);
/** In a form, a plus is a blank, unless it stands beside one. */
const IN_FORM = new RegExp(`${ENCODED.source}|(?<=\\S)\\+(?=\\S)`, 'gi');
const SIGNS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...{ b: ' ', f: ' ', n: '\n', r: '\r', t: '\t', v: ' ' },
    ...{ quot: '"', apos: "'", amp: '&' },
  }),
);

/** A text without one level of encoding. */
export interface Decoded {
  readonly text: string;
  /** Where a position of it is in the encoded text. Call it with increasing positions. */
  readonly place: (position: number) => number;
}

/** The text without one level of encoding; undefined if nothing in it is encoded. */
export function decode(text: string): Decoded | undefined {
  // Most texts have none of them, which is found out in a tenth of the time.
  if (!(text.includes('\\') || text.includes('%') || text.includes('&'))) return undefined;
  let decoded = '';
  let copied = 0;
  /** The position after each character that was encoded, in the decoded text, and how much further it is in the encoded one. */
  const positions: number[] = [];
  const shifts: number[] = [];
  const encoded = text.includes('%') ? IN_FORM : ENCODED;
  encoded.lastIndex = 0;
  for (let found = encoded.exec(text); found !== null; found = encoded.exec(text)) {
    decoded += text.slice(copied, found.index) + signOf(found);
    copied = encoded.lastIndex;
    positions.push(decoded.length);
    shifts.push(copied - decoded.length);
  }
  if (copied === 0) return undefined;
  let next = 0;
  const place = (position: number): number => {
    while ((positions[next] ?? Number.POSITIVE_INFINITY) <= position) next++;
    return position + (shifts[next - 1] ?? 0);
  };
  return { text: decoded + text.slice(copied), place };
}

function signOf([all, utf8, two, four, html, decimal, name, escaped]: RegExpExecArray): string {
  if (all === '+') return ' ';
  // A blank beyond ASCII does not end a value of a URL, so it becomes another character.
  if (utf8 !== undefined) {
    return Buffer.from(utf8.replaceAll('%', ''), 'hex').toString().replace(/\s/, '\ufffd');
  }
  const sign = name ?? escaped;
  if (sign !== undefined) return SIGNS.get(sign) ?? sign;
  const digits = two ?? four ?? html;
  const code = digits === undefined ? Number(decimal) : Number.parseInt(digits, 16);
  // A part of a letter in UTF-8, such as `%C3%A0`, is not a blank, whatever it is in Latin-1.
  return two !== undefined && code > 0x7f ? '\ufffd' : String.fromCharCode(code);
}
