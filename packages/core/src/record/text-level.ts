/** Reads the level from the start of a text: a word, the name of an error, or the column of a known format. Pure. */
import { namesError } from './error-in-text.ts';
import { indexOfName } from './level.ts';

const ERROR = 4;

/** Words that count at the start of a text when punctuation marks them as a level: `warn: …`, `[warn] …`, `warn - …`. */
const MARKED: ReadonlySet<string> = new Set(
  (
    'TRACE DEBUG INFO NOTICE WARN WARNING ERROR ERR FATAL CRITICAL CRIT ' +
    'EMERG ALERT PANIC SEVERE VERBOSE SILLY'
  ).split(' '),
);
/** Words that count in capitals, with only a blank after them: `WARN …`. */
const BARE: ReadonlySet<string> = new Set(
  'TRACE DEBUG INFO NOTICE WARN WARNING ERROR FATAL CRITICAL SILLY'.split(' '),
);
/** A format of text that has its level in a column. */
interface TextFormat {
  /** Who writes it. */
  readonly of: string;
  /** The characters with which a line begins. `…` stands for all that are not ASCII. */
  readonly first: string;
  /** The level is its first group. */
  readonly pattern: RegExp;
}

const FORMATS: readonly TextFormat[] = [
  {
    of: 'npm, node-gyp: `npm warn …`, `npm ERR! …`, `gyp verb …`',
    first: 'ngE',
    pattern:
      /(?:(?:npm|(?:node-pre-)?gyp) |(?=ERR!))(err|sill|verb|http|timing|info|notice|warn|error)!? /iy,
  },
  {
    of: 'klog, glog: `E1125 09:30:00.123456 …`',
    first: 'IWEF',
    pattern: /([IWEF])\d{4} \d\d:\d\d:\d\d\.\d/y,
  },
  {
    of: 'NestJS: `[Nest] 123  - 11/26/2026, 9:30:00 AM   ERROR [Orders] …`',
    first: '[',
    pattern: /\[[^\]\n]{1,60}\] \d+ +- [^A-Za-z\n]{8,40}(?:[AP]M)? +([A-Z]{3,7}) /y,
  },
  {
    of: 'consola: ` ERROR  …`, `[tag]  ERROR  …`',
    first: ' [',
    pattern: /(?:\[[^\]\n]{1,60}\] )? ([A-Z]{3,7}) {2}/y,
  },
  {
    of: 'signale: `✖  error     …`, `[scope] › ⚠  warning   …`',
    first: '[…',
    pattern: /(?:\[[^\]\n]{1,60}\] )*(?:› )?[^\0-\x7f] +([a-z]{3,8}) {2}/y,
  },
];
const NO_FORMATS: readonly RegExp[] = [];
const OTHERS = patternsFor('…');
/** By code. */
const BY_FIRST = Array.from({ length: 128 }, (_, code) => patternsFor(String.fromCharCode(code)));

function patternsFor(first: string): readonly RegExp[] {
  const patterns = FORMATS.filter((format) => format.first.includes(first)).map(
    ({ pattern }) => pattern,
  );
  return patterns.length === 0 ? NO_FORMATS : patterns;
}

/** Postgres, after its time: `UTC [123] ERROR:  …`. */
const POSTGRES =
  /(?:(?:[A-Z]{3,5}|[+-]\d\d) )?\[\d+(?:-\d+)?\](?: [^\s:@]{1,60}@[^\s:@]{1,60})? ([A-Z]{3,7})\d?: {2}/y;
/** logfmt: `time=… level=error msg=…`, with the level among the first pairs. */
const LOGFMT =
  /(?:[\w.@/-]{1,60}=(?:"(?:[^"\\]|\\.){0,500}"|[^\s"]{0,500}) +){0,8}?(?:level|lvl|severity|log\.level)="?([A-Za-z]+)"?(?=\s|$)/y;
/** Does not match an address with its port. */
const TIME_OF_DAY = /\d:\d\d(?!\d)/;
const MIN_WORD = 3;
const MAX_LEVEL_WORD = 8;
const BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const COLON = 0x3a;
const TAB = 0x09;
const BLANK = 0x20;
const EQUALS = 0x3d;
const UPPER_U = 0x55;
const LOWER_A = 0x61;
const LOWER_N = 0x6e;
const LOWER_R = 0x72;
/** Names of errors are shorter. */
const MAX_WORD = 200;
const HYPHEN = 0x2d;
const BAR = 0x7c;
/** By code: 1 for characters in the names of errors and in the keys of logfmt. */
const IS_WORD_PART = Uint8Array.from({ length: 128 }, (_, code) =>
  /[\w$.-]/.test(String.fromCharCode(code)) ? 1 : 0,
);

/**
 * Reads the level from the start of a text: from a word, possibly after a timestamp, from the name of an error
 * (`RangeError: …`), from the column of a known format, or from logfmt's `level=`. Index into LEVELS, or -1 if the text does not
 * start with one: `0 errors found`, `Traceback (most …` and `Information desk` do not.
 */
export function leadingLevel(text: string): number {
  const first = codeAt(text, 0);
  const level = levelAtStart(text, first);
  if (level >= 0 || first < 0) return level;
  for (const pattern of first < 128 ? (BY_FIRST[first] ?? OTHERS) : OTHERS) {
    const found = levelIn(pattern, text, 0);
    if (found >= 0) return found;
  }
  return -1;
}

function levelAtStart(text: string, first: number): number {
  if (isLetter(first)) return levelOfWords(text, first);
  if (isDigit(first)) return levelAfterTime(text);
  if (first !== BRACKET) return -1;
  return isDigit(codeAt(text, 1)) ? levelAfterTime(text) : leadingWord(text, 0);
}

/** For most texts, what follows the first word decides. */
function levelOfWords(text: string, first: number): number {
  const end = endOfWord(text);
  if (codeAt(text, end) === EQUALS) return levelIn(LOGFMT, text, 0);
  const level = end >= MIN_WORD && end <= MAX_LEVEL_WORD ? leadingWord(text, 0) : -1;
  if (level >= 0) return level;
  const last = text.charCodeAt(end - 1);
  // `Uncaught` can come before the name. This look at a letter spares most texts the rest.
  const mayNameError = last === LOWER_R || last === LOWER_N || first === UPPER_U;
  return mayNameError && namesError(text, 0) ? ERROR : -1;
}

function endOfWord(text: string): number {
  const most = Math.min(text.length, MAX_WORD);
  let end = 1;
  while (end < most && IS_WORD_PART[text.charCodeAt(end)] === 1) end++;
  return end;
}

function levelAfterTime(text: string): number {
  const at = endOfTimestamp(text);
  if (at === 0) return -1;
  const level = leadingWord(text, at);
  if (level >= 0) return level;
  return namesError(text, at) ? ERROR : levelIn(POSTGRES, text, at);
}

/** The level in the first group of a format. */
function levelIn(format: RegExp, text: string, start: number): number {
  format.lastIndex = start;
  const name = format.exec(text)?.[1];
  return name === undefined ? -1 : indexOfName(name);
}

function leadingWord(text: string, start: number): number {
  let at = start;
  const bracketed = codeAt(text, at) === BRACKET;
  if (bracketed) at++;
  let end = at;
  while (end - at <= MAX_LEVEL_WORD && isLetter(codeAt(text, end))) end++;
  const length = end - at;
  if (length < MIN_WORD || length > MAX_LEVEL_WORD || !ends(text, end, bracketed)) return -1;
  const bare = !bracketed && codeAt(text, end) !== COLON && !isDash(text, end);
  if (bare && codeAt(text, at + 1) >= LOWER_A) return -1;
  const word = text.slice(at, end);
  const name = word.toUpperCase();
  if (bare ? word !== name || !BARE.has(name) : !MARKED.has(name)) return -1;
  return indexOfName(name);
}

/**
 * Whether a word can be a level because of what follows it: `]`, even after the blanks of a column (`[WARN ]`); a colon and a
 * blank; a blank; the end of the text.
 */
function ends(text: string, end: number, bracketed: boolean): boolean {
  if (bracketed) return codeAt(text, skipBlanks(text, end)) === CLOSING_BRACKET;
  const next = codeAt(text, end);
  return next === COLON ? isBlankOrEnd(codeAt(text, end + 1)) : isBlankOrEnd(next);
}

function isDash(text: string, end: number): boolean {
  return (
    codeAt(text, end) === BLANK &&
    codeAt(text, end + 1) === HYPHEN &&
    codeAt(text, end + 2) === BLANK
  );
}

/**
 * The position after a leading date or time of day, bracketed or not, and the bar of a column (`| ERROR |`); 0 when there is no
 * time.
 */
function endOfTimestamp(text: string): number {
  const bracketed = codeAt(text, 0) === BRACKET;
  const start = bracketed ? 1 : 0;
  let at = start;
  while (isTimestampPart(text, at)) at++;
  if (at - start < 8) return 0;
  const isTime = codeAt(text, start + 4) === HYPHEN || TIME_OF_DAY.test(text.slice(start, at));
  if (!isTime) return 0;
  if (bracketed && codeAt(text, at++) !== CLOSING_BRACKET) return 0;
  const end = skipBlanks(text, at);
  if (end === at) return bracketed && codeAt(text, at) === BRACKET ? at : 0;
  return codeAt(text, end) === BAR ? skipBlanks(text, end + 1) : end;
}

function skipBlanks(text: string, start: number): number {
  let at = start;
  while (codeAt(text, at) === BLANK || codeAt(text, at) === TAB) at++;
  return at;
}

function isTimestampPart(text: string, at: number): boolean {
  const code = codeAt(text, at);
  if (code === BLANK) return isDigit(codeAt(text, at + 1));
  // + , - . / digits : and the letters T and Z
  return (code >= 0x2b && code <= 0x3a) || code === 0x54 || code === 0x5a;
}

/** The code unit at a position, or -1. V8 cannot optimize reads beyond the end of a text. */
function codeAt(text: string, at: number): number {
  return at < text.length ? text.charCodeAt(at) : -1;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}

function isBlankOrEnd(code: number): boolean {
  return code === BLANK || (code >= 0x09 && code <= 0x0d) || code < 0;
}
