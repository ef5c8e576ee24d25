/** Takes what we send to be let in out of a text: servers and proxies like to repeat a request that they refuse. Pure. */

/** Stands for a credential. */
const HIDDEN = '***';
/** So much of the beginning of a credential is known for it: texts are cut. */
const TELLING_LENGTH = 8;
/** Also one that is cut, or that somebody in between has added. */
const AUTHORIZATION = /(authorization\W{1,6}\w+\s+)[^\s"'<,;]+/gi;

/** Every form in which these request headers show a credential, the longest first. */
export function secretsIn(headers: Readonly<Record<string, string>>): readonly string[] {
  const [scheme, credentials = ''] = (headers.Authorization ?? '').split(' ');
  const parts = [credentials];
  if (scheme === 'Basic') {
    const pair = Buffer.from(credentials, 'base64').toString();
    const colon = pair.indexOf(':');
    parts.push(pair, pair.slice(0, colon), pair.slice(colon + 1));
  }
  const forms = parts.flatMap((part) => [part, encodeURIComponent(part), inJson(part)]);
  return [...new Set(forms)].filter((form) => form !== '').sort((a, b) => b.length - a.length);
}

/** A text of the server, for people: `***` stands for the credentials in these request headers, in whatever form. */
export function withoutCredentials(
  text: string,
  headers: Readonly<Record<string, string>>,
): string {
  return text === '' ? '' : withoutSecrets(text, secretsIn(headers));
}

/** The text with `***` for each of these secrets, for a beginning of one, and for any Authorization header. */
export function withoutSecrets(text: string, secrets: Iterable<string>): string {
  let hidden = text.replace(AUTHORIZATION, `$1${HIDDEN}`);
  for (const secret of secrets) hidden = hideOne(hidden, secret);
  return hidden;
}

function hideOne(text: string, secret: string): string {
  return secret.length < TELLING_LENGTH ? hideWord(text, secret) : hideLong(text, secret);
}

/** A short one may be a part of any word. */
function hideWord(text: string, secret: string): string {
  const quoted = secret.replace(/[^a-z0-9]/gi, '\\$&');
  return text.replace(new RegExp(`(?<![a-z0-9])${quoted}(?![a-z0-9])`, 'gi'), HIDDEN);
}

function hideLong(text: string, secret: string): string {
  const telling = secret.slice(0, TELLING_LENGTH);
  let hidden = '';
  let at = 0;
  for (let found = text.indexOf(telling); found >= 0; found = text.indexOf(telling, at)) {
    hidden += text.slice(at, found) + HIDDEN;
    at = found + lengthInCommon(text, found, secret);
  }
  return hidden + text.slice(at);
}

function lengthInCommon(text: string, from: number, secret: string): number {
  let length = 0;
  while (length < secret.length && text[from + length] === secret[length]) length++;
  return length;
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
