/** The URL of the server: where records go, and the credentials in it. Pure. */
import type { Endpoint } from '../senders/endpoint.ts';
import type { Kind } from './kinds.ts';

/** What a URL says. */
export interface Location {
  readonly endpoint: Endpoint;
  /** Without a slash at the end, without credentials: below it are inserts and queries. */
  readonly baseUrl: string;
  /** Empty: none. */
  readonly username: string;
  readonly password: string;
}

const INSERT_PATH = '/insert/jsonline';

export const serverUrl: Kind<Location> = {
  expected: 'an http or https URL such as http://victorialogs:9428',
  read: (raw) =>
    whatIsWrong(raw) === '' ? locationOf(new URL((raw as string).trim())) : undefined,
  explain: (raw) => ` (${whatIsWrong(raw)})`,
};

/** Shows nothing of the URL: what looks like its scheme may be a user name. */
function whatIsWrong(raw: unknown): string {
  if (raw === undefined) return 'it is not set';
  if (typeof raw !== 'string') return 'it is no text';
  if (raw.trim() === '') return 'it is empty';
  if (!URL.canParse(raw.trim())) return 'it is not a URL';
  const url = new URL(raw.trim());
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return 'it does not begin with http:// or https://';
  }
  if (url.search !== '' || url.hash !== '') {
    return 'it has a query or a fragment, which has no meaning here';
  }
  return '';
}

function locationOf(url: URL): Location {
  const protocol = url.protocol as Endpoint['protocol'];
  const path = url.pathname.replace(/\/+$/, '');
  const prefix = path.endsWith(INSERT_PATH) ? path.slice(0, -INSERT_PATH.length) : path;
  const baseUrl = `${protocol}//${url.host}${prefix}`;
  return {
    endpoint: {
      protocol,
      hostname: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? (protocol === 'http:' ? 80 : 443) : Number(url.port),
      path: prefix + INSERT_PATH,
      displayUrl: baseUrl + INSERT_PATH,
    },
    baseUrl,
    username: decodeOrKeep(url.username),
    password: decodeOrKeep(url.password),
  };
}

function decodeOrKeep(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The header for these credentials; a token wins. */
export function authorization(
  username: string,
  password: string,
  token: string,
): Record<string, string> {
  if (token !== '') return { Authorization: `Bearer ${token}` };
  if (username === '' && password === '') return {};
  return { Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}
