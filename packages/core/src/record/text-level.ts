/** Reads the level from the start of a text: a word, the name of an error, or the column of a known format. Pure. */
import { indexOfName } from './level.ts';
import { ERROR } from './record.ts';

/** A class name that looks like an error's, with its packages: `RangeError`, `org.example.IoException`. */
export const NAME =
  '((?:[A-Za-z_$][\\w$]{0,60}\\.){0,10}(?:[A-Z][\\w$]{0,80})?(?:Error|Exception))';
/** Node shows the code of an error after its name. */
export const CODE = '(?: \\[\\w{1,60}\\])?';

const LEADING = new RegExp(`(?:Uncaught )?${NAME}${CODE}(?::(?=\\s|$)|(?=\\n\\s+at ))`, 'y');
const NAME_ALONE = new RegExp(`^(?:Uncaught )?${NAME}${CODE}$`);

/** Words that count at the start of a text in capitals, with only a blank after them: `WARN …`. */
const BARE = 'TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL|SILLY';
/** Words that count where punctuation marks them as a level: `warn: …`, `[warn] …`, `warn - …`. */
const markedWords: ReadonlySet<string> = new Set(
  `${BARE}|ERR|CRIT|EMERG|ALERT|PANIC|SEVERE|VERBOSE`.split('|'),
);
/** `[WARN ]`, possibly with the blanks of a column or a name (`[wrangler:warn]`); `warn: `; `warn - `; `WARN `. The second group is a bare word. */
const WORD = new RegExp(
  `(?:\\[[ \\t]*(?:[\\w-]{1,20}:)?(?=[A-Za-z]+[ \\t]*\\])|(?=[A-Za-z]+(?::[ \\t-\\r]|:$| - )))([A-Za-z]{3,8})(?![A-Za-z])|(${BARE})(?=[ \\t-\\r]|$)`,
  'y',
);

/** Formats of text that have the level in a column. */
const FORMATS = [
  // npm, node-gyp: `npm warn …`, `npm ERR! …`, `gyp verb …`.
  /(?:(?:npm|(?:node-pre-)?gyp) |(?=ERR!))(err|ERR|sill|verb|http|timing|info|notice|warn|WARN|error)!? /,
  // klog, glog: `E1125 09:30:00.123456 …`.
  /([IWEF])\d{4} \d\d:\d\d:\d\d\.\d/,
  // NestJS: `[Nest] 123  - 11/26/2026, 9:30:00 AM   ERROR [Orders] …`. By LANG also `am`, `a.m.`, `a. m.`.
  /\[[^\]\n]{1,60}\] \d+ +- [^A-Za-z\n]{8,40}(?:[AaPp]\W{0,2}[Mm]\.?)? +([A-Z]{3,7}) /,
  // Aligned to the right, to `ERROR` or `DEBUG`: ` WARN …`, ` [INFO] …`, ` INFO: …`. Behind more blanks, it may be a title or a property.
  new RegExp(` \\[?(${BARE})(?=[\\]:\\s]|$)`),
  // consola: ` ERROR  …`, `[tag]  ERROR  …`.
  /(?:\[[^\]\n]{1,60}\] )? ([A-Z]{3,7}) {2}/,
  // signale: `✖  error     …`, `[scope] › ⚠  warning   …`.
  /(?:\[[^\]\n]{1,60}\] )*(?:\u203a )?[^\0-\x7f] +([a-z]{3,8}) {2}/,
];
const FORMAT = new RegExp(FORMATS.map(({ source }) => source).join('|'), 'y');
/** By code: 1 for what these begin with, beside characters that are not ASCII. */
const BEGINS_FORMAT = within('  EEFFIIWW[[ggnn');

/** Postgres, after its time: `UTC [123] ERROR:  …`. */
const POSTGRES =
  /(?:(?:[A-Z]{3,5}|[+-]\d\d) )?\[\d+(?:-\d+)?\](?: [^\s:@]{1,60}@[^\s:@]{1,60})? ([A-Z]{3,7})\d?: {2}/y;
/** logfmt: `time=… level=error msg=…`, with the level among the first pairs. */
const LOGFMT =
  /(?:[\w.@/-]{1,60}=(?:"(?:[^"\\]|\\.){0,500}"|[^\s"]{0,500}) +){0,8}?(?:level|lvl|severity|log\.level)="?([A-Za-z]+)"?(?=\s|$)/y;
/**
 * A date or time, possibly in brackets, in which a zone may have letters: `[12:00:00 UTC]`. With the blanks after it and the bar or dash of
 * a column: `| ERROR |`, `- ERROR -`.
 */
const TIMESTAMP =
  /(\[?)((?:[+,\-./\d:TZ]| (?=\d|[+-]\d\d)){7,64}(?:\s(?:[AaPp]\W{0,2}[Mm]\.?|(?:UTC|[A-Z]{2,3}T)[-+\d]*(?=])))?)(\]?)(?:[ \t]+(?:\|[ \t]*|-[ \t]+)?|(?<=])(?=\[))/y;
/** A time of day, or milliseconds since 1970 in brackets. Does not match an address with its port. */
const TIME = /\d:\d\d(?!\d)|^\[\d{13}]/;
/** No date or time of day is shorter. */
const MIN_TIME = 7;
const MIN_WORD = 3;
const MAX_LEVEL_WORD = 8;
/** Names of errors are shorter. */
const MAX_WORD = 200;
const BRACKET = 0x5b;
const EQUALS = 0x3d;
const UPPER_U = 0x55;
const LOWER_N = 0x6e;
const LOWER_R = 0x72;
/** By code: 1 for letters. */
const IS_LETTER = within('AZaz');
/** By code: 1 for characters of a date or time of day. */
const IS_TIME_PART = within('+:TTZZ  ');
/** By code: 1 for characters in the names of errors and in the keys of logfmt. */
const IS_WORD_PART = within('AZaz09__$$-.');

/** @param ranges The first and the last character of each. */
function within(ranges: string): Uint8Array {
  const table = new Uint8Array(128);
  for (let at = 0; at < ranges.length; at += 2)
    table.fill(1, ranges.charCodeAt(at), ranges.charCodeAt(at + 1) + 1);
  return table;
}

/**
 * Reads the level from the start of a text: from a word, possibly after a timestamp, from the name of an error
 * (`RangeError: …`), from the column of a known format, or from logfmt's `level=`. Index into LEVELS, or -1 if the text does not
 * start with one: `0 errors found`, `Traceback (most …` and `Information desk` do not.
 */
export function leadingLevel(text: string): number {
  if (text === '') return -1;
  const first = text.charCodeAt(0);
  const level = IS_LETTER[first] === 1 ? levelOfWords(text, first) : levelAfterSign(text, first);
  if (level >= 0) return level;
  return BEGINS_FORMAT[first] === 0 ? -1 : levelIn(FORMAT, text, 0);
}

/** For most texts, what follows the first word decides. */
function levelOfWords(text: string, first: number): number {
  const most = Math.min(text.length, MAX_WORD);
  let end = 1;
  while (end < most && IS_WORD_PART[text.charCodeAt(end)] === 1) end++;
  if (end < text.length && text.charCodeAt(end) === EQUALS) return levelIn(LOGFMT, text, 0);
  const level = end >= MIN_WORD && end <= MAX_LEVEL_WORD ? leadingWord(text, 0) : -1;
  if (level >= 0) return level;
  const last = text.charCodeAt(end - 1);
  // A name ends in `Error` or `Exception`, and `Uncaught` can come before it. Most texts need no more than this look.
  const mayNameError = last === LOWER_R || last === LOWER_N || first === UPPER_U;
  return mayNameError && namesError(text, 0) ? ERROR : -1;
}

/** Whether the text names an error at this place: `RangeError: …`, `TypeError [ERR_X]: …`, `Error` above frames. */
function namesError(text: string, at: number): boolean {
  LEADING.lastIndex = at;
  return LEADING.test(text);
}

/** Whether frames can follow a line: it starts with the name of an error, or is such a name. */
export function headsFrames(line: string): boolean {
  return namesError(line, 0) || NAME_ALONE.test(line);
}

function levelAfterSign(text: string, first: number): number {
  if (isDigit(first)) return levelAfterTime(text);
  if (first !== BRACKET) return -1;
  return isDigit(text.charCodeAt(1)) ? levelAfterTime(text) : leadingWord(text, 0);
}

function levelAfterTime(text: string): number {
  // Spares most texts the pattern.
  for (let at = 1; at < MIN_TIME; at++) if (IS_TIME_PART[text.charCodeAt(at)] !== 1) return -1;
  const at = endOfTimestamp(text);
  if (at === 0) return -1;
  const level = leadingWord(text, at);
  if (level >= 0) return level;
  return namesError(text, at) ? ERROR : levelIn(POSTGRES, text, at);
}

/** The level in the group of a format. */
function levelIn(format: RegExp, text: string, start: number): number {
  format.lastIndex = start;
  const name = format.exec(text)?.find((part, at) => at > 0 && part !== undefined);
  return name === undefined ? -1 : indexOfName(name);
}

function leadingWord(text: string, start: number): number {
  WORD.lastIndex = start;
  const found = WORD.exec(text);
  if (found === null) return -1;
  const [, marked, bare = marked as string] = found;
  return marked === undefined || markedWords.has(marked.toUpperCase()) ? indexOfName(bare) : -1;
}

/** The position after a leading date or time of day; 0 when there is none, or a text goes on right after it. */
function endOfTimestamp(text: string): number {
  TIMESTAMP.lastIndex = 0;
  const [whole = '', opening = '', time = '', closing] = TIMESTAMP.exec(text) ?? [];
  const isTime = time[4] === '-' || TIME.test(whole);
  return opening.length === closing?.length && isTime ? whole.length : 0;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
