/** Removes our credentials from a text: servers and proxies often repeat a request that they refuse. Pure. @lazy secrets */
import { REDACTED } from '../record/redacted.ts';
import { harmless } from './harmless.ts';

/** A credential may be cut: this many of its first characters are enough to recognize it. */
const TELLING_LENGTH = 8;
/** At the end of a text, where most are cut, this many are enough. */
const TELLING_AT_END = 3;
/** A shorter one can be any word of a line. */
const MIN_PRINTED = 12;
/** A limit: with many accounts, or a file that is replaced each hour, each line would otherwise become slower and slower. */
const MAX_PRINTED = 64;
/** This many of the first ones are never forgotten: they are those of the preload. */
const ALWAYS_KEPT = 8;
const IS_NUMBER = /^[\d.e+-]*$/i;
/** A longer one is a token, which is looked for as it is, without a pattern. */
const MAX_PATTERN_LENGTH = 256;
/** Also finds a header that is cut, or that a proxy has added, but leaves `missing 'Authorization' request header` alone. */
const AUTHORIZATION = /(authorization\W{0,3}[:=]\W{0,3}\w+\s+)[^\s"'<,;]+/gi;
/** A byte in hex, as in URLs (also in a URL inside another one's query), mails or logs. */
const BYTE = '(?:[%=](?:25){0,3}|\\\\x)$&';
const WORD = /[^\s"'<>]*/y;

/** Every form in which a credential in these request headers can appear, the longest first. */
export function secretsIn(headers: Readonly<Record<string, string>>): readonly string[] {
  const { credentials, pair, username, password } = credentialsIn(headers);
  const forms = [credentials, pair, username, password].flatMap((part) => {
    const inUrl = encodeURIComponent(part);
    const asLatin1 = Buffer.from(part).toString('latin1');
    const inForm = inUrl.replaceAll('%20', '+');
    return [part, inUrl, inForm, inJson(part), asLatin1, ...inBase64(part)];
  });
  return [...new Set(forms)].filter((form) => form !== '').sort((a, b) => b.length - a.length);
}

/** A credential that a program may print. */
export interface Printed {
  readonly secret: string;
  /** Its longest part that stays as it is in every encoding. Nearly all lines are without it. */
  readonly part: string;
  readonly form: RegExp | string;
}

/** Our credentials as programs print them. */
export interface OwnCredentials {
  printed: readonly Printed[];
  /** Takes them out of a text. Undefined while there are none. */
  hide?: (text: string) => string;
}

/** Hides the credentials in these headers, from now on, in our messages and in what programs print. */
export function hideIn(
  headers: Readonly<Record<string, string>>,
  messages: Set<string>,
  own: OwnCredentials,
): void {
  for (const secret of secretsIn(headers)) messages.add(secret);
  const printed = printedIn(headers, own.printed);
  own.printed = printed;
  own.hide = (text) => withoutPrinted(text, printed);
}

/**
 * What to look for in lines of programs, to find the secret credentials in these headers. A short one or a number can be any word.
 * @param earlier What to look for already, because of other headers.
 */
export function printedIn(
  headers: Readonly<Record<string, string>>,
  earlier: readonly Printed[],
): readonly Printed[] {
  const { credentials, password } = credentialsIn(headers);
  const printed = [...earlier];
  for (const credential of [credentials, password]) {
    // At its ends, a quote or backslash cannot be told from those of an encoded line around it.
    const secret = credential.replace(/^["\\]+|(?<!["\\])["\\]+$/g, '');
    if (secret.length < MIN_PRINTED || IS_NUMBER.test(secret)) continue;
    if (printed.some((other) => other.secret === secret)) continue;
    if (printed.length === MAX_PRINTED) printed.splice(ALWAYS_KEPT, 1);
    const parts = secret.split(/[^a-z0-9]+/i).sort((a, b) => b.length - a.length);
    printed.push({ secret, part: parts[0] as string, form: formOf(secret) });
  }
  return printed;
}

/** The text with `***` for each of these, as they are or with encoded signs. */
export function withoutPrinted(text: string, printed: readonly Printed[]): string {
  let shown = text;
  for (const { part, form } of printed) {
    if (shown.includes(part)) shown = shown.replaceAll(form, REDACTED);
  }
  return shown;
}

/** A text from the server, with `***` for the credentials in these request headers, in any form. */
export function withoutCredentials(
  text: string,
  headers: Readonly<Record<string, string>>,
): string {
  return withoutSecrets(text, secretsIn(headers));
}

/** A text of ours as it may be shown: without these secrets, and harmless on a terminal. */
export function presentable(text: string, secrets: Iterable<string>): string {
  return harmless(withoutSecrets(text, secrets));
}

/** The text with `***` for each of these secrets, for the beginning of one, and for the value of any Authorization header. */
export function withoutSecrets(text: string, secrets: Iterable<string>): string {
  // It may be cut within a letter.
  let hidden = text.replace(/\ufffd{1,3}$/, '');
  const all = [...secrets];
  // Whole ones first: several forms can begin alike, and a form whose beginning is hidden is not recognized.
  for (const hide of [hideWhole, hideEnd, hideBeginning])
    for (const secret of all) hidden = hide(hidden, secret);
  return hidden.replace(AUTHORIZATION, `$1${REDACTED}`);
}

function hideEnd(text: string, secret: string): string {
  for (let length = secret.length - 1; length >= TELLING_AT_END; length--) {
    if (text.endsWith(secret.slice(0, length))) return text.slice(0, -length) + REDACTED;
  }
  return text;
}

/** A short secret can be part of any word, so only whole words are hidden. */
function hideWhole(text: string, secret: string): string {
  return text.replaceAll(formOf(secret), REDACTED);
}

function formOf(secret: string): RegExp | string {
  if (secret.length > MAX_PATTERN_LENGTH) return secret;
  const pattern = patternOf(secret);
  const isShort = secret.length < TELLING_LENGTH;
  return new RegExp(isShort ? `(?<![a-z0-9])${pattern}(?![a-z0-9])` : pattern, 'gi');
}

function hideBeginning(text: string, secret: string): string {
  if (secret.length < TELLING_LENGTH) return text;
  const telling = new RegExp(patternOf(secret.slice(0, TELLING_LENGTH)), 'gi');
  let hidden = '';
  let at = 0;
  for (let found = telling.exec(text); found !== null; found = telling.exec(text)) {
    hidden += text.slice(at, found.index) + REDACTED;
    at = telling.lastIndex = Math.max(telling.lastIndex, endOf(secret, text, found.index));
  }
  return hidden + text.slice(at);
}

/** Its end in the text. If it breaks off, it was cut or is encoded in yet another way (`&#43;`, `\/`): the rest of the word is its own. */
function endOf(secret: string, text: string, from: number): number {
  let length = 0;
  while (length < secret.length && text[from + length] === secret[length]) length++;
  WORD.lastIndex = from + length;
  return length < secret.length && WORD.test(text) ? WORD.lastIndex : from + length;
}

/**
 * Finds a text, even if its signs are encoded, as in URLs, JSON, HTML, mails or logs, or were decoded wrongly. No two alternatives match
 * the same: a text that has all but the end would be tried in twice as many ways for each sign.
 */
function patternOf(text: string): string {
  return text.toWellFormed().replace(/\\+|[^a-z0-9\\]/giu, (sign, at: number) => {
    if (sign.startsWith('\\')) {
      const { length } = sign;
      return `(?:\\\\{${length},${8 * length + 7}}|(?:${encodedForms('\\')}){${length}})`;
    }
    const plain = sign.length === 1 && sign < '\x80' ? `\\x${hexOf(sign)}` : sign;
    // Backslashes before the first sign can belong to something else in an encoded line.
    const escapes = at === 0 || text[at - 1] === '\\' ? '' : '\\\\{0,7}';
    return `(?:${escapes}${plain}|${encodedForms(sign)}${sign === ' ' ? '|\\+' : ''})`;
  });
}

function encodedForms(sign: string): string {
  const code = sign.codePointAt(0) as number;
  const hex = hexOf(sign);
  const utf8 = Buffer.from(sign).toString('hex').replace(/../g, BYTE);
  const bytes = new Set([utf8, BYTE.replace('$&', hex)]);
  return `${[...bytes].join('|')}|\\\\{1,7}[bfnrtv]|\\\\u${hex.padStart(4, '0')}|&#0*(?:${code}|x0*${hex});|&[a-z]+;|\ufffd`;
}

function hexOf(sign: string): string {
  return (sign.codePointAt(0) as number).toString(16).padStart(2, '0');
}

/** The token, or the name and password with their base64; empty where there is none. */
function credentialsIn({ Authorization = '' }: Readonly<Record<string, string>>) {
  const [scheme, credentials = ''] = Authorization.split(' ');
  const pair = scheme === 'Basic' ? Buffer.from(credentials, 'base64').toString() : '';
  const colon = pair.indexOf(':');
  return {
    credentials,
    pair,
    username: pair.slice(0, Math.max(0, colon)),
    password: pair.slice(colon + 1),
  };
}

function inJson(part: string): string {
  return JSON.stringify(part).slice(1, -1);
}

/** The three forms that it can have in the base64 of a longer text, without the characters that depend on other bytes, too. */
function inBase64(part: string): string[] {
  return [0, 1, 2].flatMap((before) => {
    const encoded = Buffer.from(' '.repeat(before) + part).toString('base64url');
    const form = encoded.slice(Math.ceil((before * 4) / 3));
    // A shorter one cannot be told from a word.
    if (before > 0 && form.length < TELLING_LENGTH) return [];
    return [form, form.replaceAll('-', '+').replaceAll('_', '/')];
  });
}
