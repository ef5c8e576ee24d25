/** The URL of the server: where records go, and the credentials in it. Pure. */
import type { Endpoint } from '../senders/endpoint.ts';
import type { Kind } from './kinds.ts';

export interface Location {
  readonly endpoint: Endpoint;
  /** Without a slash at the end and without credentials. The paths for inserts and queries are appended to it. */
  readonly baseUrl: string;
  /** Empty: none. */
  readonly username: string;
  readonly password: string;
}

const INSERT_PATH = '/insert/jsonline';
/** The size of `sun_path` on Linux, without the byte that ends it. */
const MAX_SOCKET_PATH_BYTES = 107;

/** Where the server is in most Compose files. */
export const DEFAULT_LOCATION: Location = locationOf(new URL('http://victorialogs:9428'), '');

export const serverUrl: Kind<Location, string> = {
  expected:
    'an http or https URL such as http://victorialogs:9428, or unix:/run/victoria-logs.sock',
  read: (raw) => {
    if (whatIsWrong(raw) !== '') return undefined;
    const { url, socketPath } = readAddress((raw as string).trim());
    return locationOf(new URL(url), socketPath);
  },
  explain: (raw) => ` (${whatIsWrong(raw)})`,
};

/** The message shows nothing of the URL: what looks like its scheme may be a user name. */
function whatIsWrong(raw: unknown): string {
  if (typeof raw !== 'string') return 'it is not a string';
  if (raw.trim() === '') return 'it is empty';
  const address = readAddress(raw.trim());
  if (!URL.canParse(address.url)) return 'it is not a URL';
  const url = new URL(address.url);
  if (Buffer.byteLength(address.socketPath) > MAX_SOCKET_PATH_BYTES) {
    return `the path of a socket has at most ${MAX_SOCKET_PATH_BYTES} bytes`;
  }
  if (url.protocol === 'unix:') return 'unix: must be followed by an absolute path';
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return 'it does not begin with http:// or https://';
  }
  // After a slash in a password, the rest would be taken for a path, which is shown, and the user name for a host.
  if (url.search !== '' || url.hash !== '' || url.pathname.includes('@')) {
    return 'it has a query, a fragment or an @ in its path. In a password, / is written as %2F';
  }
  return '';
}

/** As nginx writes it: the path of the socket, then a colon and the path of the URL. */
const UNIX_SOCKET = /^unix:(?:\/\/)?(\/[^/\0][^\0]*?)(?::(\/.*)?)?$/i;

/** How to reach a server. */
export interface Address {
  /** The URL to ask for. */
  readonly url: string;
  /** The unix socket that leads to it; empty for none. */
  readonly socketPath: string;
}

/** Reads the URL of a server, which may name a unix socket. Whether it is a URL is not checked. */
export function readAddress(text: string): Address {
  const [, socketPath, path = ''] = UNIX_SOCKET.exec(text) ?? [];
  if (socketPath === undefined) return { url: text, socketPath: '' };
  return { url: `http://localhost${path}`, socketPath };
}

function locationOf(url: URL, socketPath: string): Location {
  const protocol = url.protocol as Endpoint['protocol'];
  const path = url.pathname.replace(/\/+$/, '');
  const prefix = path.endsWith(INSERT_PATH) ? path.slice(0, -INSERT_PATH.length) : path;
  const place = socketPath === '' ? `${protocol}//${url.host}` : `unix:${socketPath}:`;
  const baseUrl = place + prefix;
  return {
    endpoint: {
      protocol,
      hostname: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? (protocol === 'http:' ? 80 : 443) : Number(url.port),
      socketPath,
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
  if (username + password === '') return {};
  return { Authorization: basic(username, password) };
}

/** Basic authorization (RFC 7617). */
export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
