/** Translates the levels of other loggers to ours: names, numbers, and words at the start of a text. Pure. */
import { namesError } from './error-in-text.ts';
import { LEVELS, type Level } from './record.ts';

/** What the level of another logger means. */
export interface Translation {
  /** Index into LEVELS. */
  readonly level: number;
  /** False when the original says more than our level (`NOTICE`, 35), and is worth keeping. */
  readonly exact: boolean;
}

const TRACE = 0;
const DEBUG = 1;
const INFO = 2;
const WARN = 3;
const ERROR = 4;
const FATAL = 5;

/** Other spellings of our levels. */
const SPELLINGS: ReadonlyArray<readonly [level: number, names: string]> = [
  [TRACE, 'TRACE TRC T'],
  [DEBUG, 'DEBUG DBG D'],
  [INFO, 'INFO INFORMATION INFORMATIONAL INF I'],
  [WARN, 'WARN WARNING WRN W'],
  [ERROR, 'ERROR ERR E'],
  [FATAL, 'FATAL CRITICAL CRIT FTL F'],
];
/** Levels between ours: npm's and winston's, syslog's, Java's, Go's, Google Cloud's. */
const NEIGHBOURS: ReadonlyArray<readonly [level: number, names: string]> = [
  [TRACE, 'SILLY FINEST FINER'],
  [DEBUG, 'VERBOSE HTTP FINE'],
  [INFO, 'NOTICE LOG SUCCESS DEFAULT CONFIG'],
  [ERROR, 'SEVERE'],
  [FATAL, 'EMERG EMERGENCY ALERT PANIC DPANIC'],
];

/** In capitals, and in lower case as most loggers have them. */
const NAMES: ReadonlyMap<string, Translation> = new Map([
  ...translations(SPELLINGS, true),
  ...translations(NEIGHBOURS, false),
]);

/** syslog's 0 (emergency) to 7 (debug). */
const SYSLOG = [FATAL, FATAL, FATAL, ERROR, WARN, INFO, INFO, DEBUG];
/** 0 emergency, 1 alert and 5 notice have no level of their own here. */
const SYSLOG_EXACT = [false, false, true, true, true, false, true, true];
/** The escape sequences that loggers use to colour a level. */
const COLOUR = new RegExp(`${String.fromCharCode(0x1b)}\\[[\\d;]*m`, 'g');

function translations(
  table: ReadonlyArray<readonly [number, string]>,
  exact: boolean,
): Array<[string, Translation]> {
  return table.flatMap(([level, names]) =>
    [...names.split(' '), ...names.toLowerCase().split(' ')].map((name): [string, Translation] => [
      name,
      { level, exact },
    ]),
  );
}

/**
 * Translates a name in any case, coloured or not (`warning`, `NOTICE`), or a number: 10 to 999 in the steps of pino and bunyan,
 * syslog's 0 to 7. Undefined for anything else.
 */
export function translateLevel(value: unknown): Translation | undefined {
  if (typeof value === 'number') return translateNumber(value);
  if (typeof value !== 'string' || value.length === 0 || value.length > 40) return undefined;
  const name = value.replace(COLOUR, '').trim().toUpperCase();
  if (name === '') return undefined;
  return NAMES.get(name) ?? openTelemetryName(name) ?? translateNumber(Number(name));
}

/** The level that a name in any case means: ours, npm's, syslog's and other common names. Undefined for other words. */
export function levelNamed(name: string): Level | undefined {
  const translation = NAMES.get(name) ?? NAMES.get(name.toUpperCase());
  return translation && LEVELS[translation.level];
}

/** Translates OpenTelemetry's severity number, 1 to 24: four numbers for each of our levels. */
export function translateSeverityNumber(value: unknown): Translation | undefined {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !(number >= 1 && number <= 24)) return undefined;
  return { level: Math.floor((number - 1) / 4), exact: number % 4 === 1 };
}

function translateNumber(number: number): Translation | undefined {
  if (number >= 0 && number <= 7) {
    const level = SYSLOG[number];
    return level === undefined ? undefined : { level, exact: SYSLOG_EXACT[number] === true };
  }
  if (!(number >= 10 && number < 1000)) return undefined;
  const level = Math.min(Math.floor(number / 10) - 1, FATAL);
  return { level, exact: number % 10 === 0 && number <= 60 };
}

/** `INFO2` to `INFO4`: OpenTelemetry's steps between two levels. */
function openTelemetryName(name: string): Translation | undefined {
  if (!/^[A-Z]{4,5}[2-4]$/.test(name)) return undefined;
  const level = (LEVELS as readonly string[]).indexOf(name.slice(0, -1));
  return level < 0 ? undefined : { level, exact: false };
}

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
/** NestJS: `[Nest] 123  - 11/26/2026, 9:30:00 AM   ERROR [Orders] …`. */
const NEST = /\[[^\]\n]{1,60}\] \d+ +- [^A-Za-z\n]{8,40}(?:[AP]M)? +([A-Z]{3,7}) /y;
/** consola: ` ERROR  …`, `[tag]  ERROR  …`. */
const BADGE = /(?:\[[^\]\n]{1,60}\] )? ([A-Z]{3,7}) {2}/y;
/** klog and glog: `E1125 09:30:00.123456 …`. */
const KLOG = /([IWEF])\d{4} \d\d:\d\d:\d\d\.\d/y;
/** npm and node-gyp: `npm warn …`, `gyp verb …`. A group for each level, in the order of LEVELS. */
const NPM = /(?:npm|gyp) (?:(sill)|(verb|http|timing)|(info|notice)|(warn)|(error)) /iy;
/** Postgres, after its time: `UTC [123] ERROR:  …`. */
const POSTGRES =
  /(?:(?:[A-Z]{3,5}|[+-]\d\d) )?\[\d+(?:-\d+)?\](?: [^\s:@]{1,60}@[^\s:@]{1,60})? ([A-Z]{3,7})\d?: {2}/y;
/** logfmt: `time=… level=error msg=…`, with the level among the first pairs. */
const LOGFMT =
  /(?:[\w.@/-]{1,60}=(?:"(?:[^"\\]|\\.){0,500}"|[^\s"]{0,500}) +){0,8}?(?:level|lvl|severity|log\.level)=("?)([A-Za-z]+)\1(?=\s|$)/y;
/** Does not match an address with its port. */
const TIME_OF_DAY = /\d:\d\d(?!\d)/;
const SHORTEST_WORD = 3;
const LONGEST_WORD = 8;
const BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const COLON = 0x3a;
const TAB = 0x09;
const BLANK = 0x20;
const EXCLAMATION = 0x21;
const EQUALS = 0x3d;
const UPPER_E = 0x45;
const UPPER_U = 0x55;
const LOWER_A = 0x61;
const LOWER_G = 0x67;
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
 * (`RangeError: …`), from the column of a known format (NestJS, consola, klog, npm, Postgres), or from logfmt's `level=`. Index
 * into LEVELS, or -1 if the text does not start with one: `0 errors found`, `Traceback (most …` and `Information desk` do not.
 */
export function leadingLevel(text: string): number {
  const first = codeAt(text, 0);
  if (isLetter(first)) return levelOfWords(text, first);
  if (isDigit(first)) return levelBehindTime(text);
  if (first === BLANK) return isLetter(codeAt(text, 1)) ? levelIn(BADGE, text, 0) : -1;
  if (first !== BRACKET) return -1;
  return isDigit(codeAt(text, 1)) ? levelBehindTime(text) : levelOfBracketed(text);
}

/** For most texts, what follows the first word decides. */
function levelOfWords(text: string, first: number): number {
  const end = endOfWord(text);
  const next = codeAt(text, end);
  if (next === EQUALS) return levelOfLogfmt(text);
  const level = end >= SHORTEST_WORD && end <= LONGEST_WORD ? leadingWord(text, 0) : -1;
  if (level >= 0) return level;
  const last = text.charCodeAt(end - 1);
  // `Uncaught` can come before the name. This look at a letter spares most texts the rest.
  const mayNameError = last === LOWER_R || last === LOWER_N || first === UPPER_U;
  if (mayNameError && namesError(text, 0)) return ERROR;
  if (next === EXCLAMATION) return text.startsWith('ERR! ') ? ERROR : -1;
  if (codeAt(text, end + 1) === UPPER_E && text.startsWith(' ERR! ', end)) return ERROR;
  if (end === 3 && (first === LOWER_N || first === LOWER_G)) return levelOfNpm(text);
  // `E1125` has five characters.
  return end === 5 && isDigit(text.charCodeAt(1)) ? levelIn(KLOG, text, 0) : -1;
}

function endOfWord(text: string): number {
  const most = Math.min(text.length, MAX_WORD);
  let end = 1;
  while (end < most && IS_WORD_PART[text.charCodeAt(end)] === 1) end++;
  return end;
}

function levelOfLogfmt(text: string): number {
  LOGFMT.lastIndex = 0;
  const name = LOGFMT.exec(text)?.[2];
  return name === undefined ? -1 : (NAMES.get(name.toUpperCase())?.level ?? -1);
}

function levelOfNpm(text: string): number {
  NPM.lastIndex = 0;
  const found = NPM.exec(text);
  return found === null ? -1 : found.findIndex((part, at) => at > 0 && part !== undefined) - 1;
}

function levelBehindTime(text: string): number {
  const at = endOfTimestamp(text);
  if (at === 0) return -1;
  const level = leadingWord(text, at);
  if (level >= 0) return level;
  return namesError(text, at) ? ERROR : levelIn(POSTGRES, text, at);
}

function levelOfBracketed(text: string): number {
  const level = leadingWord(text, 0);
  if (level >= 0) return level;
  const ofNest = levelIn(NEST, text, 0);
  return ofNest < 0 ? levelIn(BADGE, text, 0) : ofNest;
}

/** The level in the first group of a format. */
function levelIn(format: RegExp, text: string, start: number): number {
  format.lastIndex = start;
  const name = format.exec(text)?.[1];
  return name === undefined ? -1 : (NAMES.get(name)?.level ?? -1);
}

function leadingWord(text: string, start: number): number {
  let at = start;
  const bracketed = codeAt(text, at) === BRACKET;
  if (bracketed) at++;
  let end = at;
  while (end - at <= LONGEST_WORD && isLetter(codeAt(text, end))) end++;
  const length = end - at;
  if (length < SHORTEST_WORD || length > LONGEST_WORD || !ends(text, end, bracketed)) return -1;
  const bare = !bracketed && codeAt(text, end) !== COLON && !isDash(text, end);
  if (bare && codeAt(text, at + 1) >= LOWER_A) return -1;
  const word = text.slice(at, end);
  const name = word.toUpperCase();
  if (bare ? word !== name || !BARE.has(name) : !MARKED.has(name)) return -1;
  return NAMES.get(name)?.level ?? -1;
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
