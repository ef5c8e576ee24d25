/** The VictoriaLogs that the environment names, and questions to it. */
import { CommandError } from './command-error.ts';

/** Where to ask. */
export interface Server {
  /** Base URL without credentials and without a slash at the end. */
  readonly url: string;
  /** Authorization and tenant. */
  readonly headers: Readonly<Record<string, string>>;
}

/** One row of an answer: every value is a string, and an empty one is left out. */
export type Row = Readonly<Record<string, string | undefined>>;

const INSERT_PATH = '/insert/jsonline';
/** The server itself gives a query up after 30 s unless it is set up otherwise. */
const ANSWER_TIMEOUT_MS = 120_000;
const MAX_REASON_LENGTH = 300;
/** How the server begins when it repeats a query, ours around the user's, that it cannot read. */
const REPEATED_QUERY = /^cannot parse `query` arg \[.*\]: /s;

/**
 * The server by the same variables by which lines are delivered.
 * @throws CommandError when `VICTORIALOGS_URL` is missing or no http or https URL, or when a tenant is no number.
 */
export function serverFrom(env: NodeJS.ProcessEnv): Server {
  const url = parseUrl(env.VICTORIALOGS_URL ?? '');
  const path = url.pathname.replace(/\/+$/, '');
  const prefix = path.endsWith(INSERT_PATH) ? path.slice(0, -INSERT_PATH.length) : path;
  return {
    url: `${url.protocol}//${url.host}${prefix}`,
    headers: { ...authorization(url, env), ...tenant(env) },
  };
}

/**
 * The rows of a LogsQL query.
 * @throws CommandError when the server cannot be reached, refuses, or breaks its answer off.
 */
export async function ask(server: Server, logsql: string): Promise<Row[]> {
  const { status, text } = await post(server, logsql);
  if (status !== 200) throw new CommandError(refusal(server, status, text));
  try {
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Row);
  } catch {
    throw new CommandError(`${server.url} gave an answer that is not VictoriaLogs's`);
  }
}

function parseUrl(raw: string): URL {
  const text = raw.trim();
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  const came = text === '' ? 'it is not set' : 'it holds something else';
  throw new CommandError(
    `VICTORIALOGS_URL: expected an http or https URL such as http://victorialogs:9428; ${came}`,
  );
}

function authorization(url: URL, env: NodeJS.ProcessEnv): Record<string, string> {
  const token = env.VICTORIALOGS_BEARER_TOKEN;
  if (token) return { Authorization: `Bearer ${token}` };
  const username = env.VICTORIALOGS_USERNAME || decodeOrKeep(url.username);
  const password = env.VICTORIALOGS_PASSWORD || decodeOrKeep(url.password);
  if (username === '' && password === '') return {};
  return { Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}

function decodeOrKeep(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function tenant(env: NodeJS.ProcessEnv): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [variable, header] of [
    ['VICTORIALOGS_ACCOUNT_ID', 'AccountID'],
    ['VICTORIALOGS_PROJECT_ID', 'ProjectID'],
  ] as const) {
    const value = env[variable]?.trim() ?? '';
    if (!/^\d*$/.test(value)) throw new CommandError(`${variable}: expected a whole number`);
    if (value !== '') headers[header] = value;
  }
  return headers;
}

async function post(server: Server, logsql: string): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(`${server.url}/select/logsql/query`, {
      method: 'POST',
      headers: server.headers,
      body: new URLSearchParams({ query: logsql }),
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    // A query that fails midway was answered 200 before: the broken end of the answer is all that tells.
    return { status: response.status, text: await response.text() };
  } catch (error) {
    throw new CommandError(`${server.url} does not answer: ${reasonOf(error as Error)}`);
  }
}

/** fetch says "fetch failed" and hides why in the cause. Its messages never hold our headers, but for a bad one. */
function reasonOf(error: Error): string {
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  if (error.name === 'TimeoutError') return `no answer in ${ANSWER_TIMEOUT_MS / 1000} s`;
  if (cause === undefined) return 'the request could not be made; are the credentials plain text?';
  return cause.code ?? cause.message;
}

function refusal(server: Server, status: number, text: string): string {
  const reason = text
    .replace(REPEATED_QUERY, 'cannot parse the query: ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, MAX_REASON_LENGTH);
  if (status === 401 || status === 403) {
    return `${server.url} answers ${status}: the credentials in the environment are not accepted for queries`;
  }
  const hint = /unsupported path|not found/i.test(reason)
    ? ' (vlagent takes no queries: name the server that does)'
    : '';
  return `${server.url} answers ${status}: ${reason}${hint}`;
}
