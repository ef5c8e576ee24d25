/** Settings: options in code over environment over default, completed once at the door. */
import { LEVELS, type Level } from './record/record.ts';
import { stringify } from './record/stringify.ts';
import type { Endpoint } from './senders/endpoint.ts';

/** What `createTransport` takes. Everything is optional; the environment variable of the same name is the next source. */
export interface TransportOptions {
  /**
   * Base URL of VictoriaLogs, http or https; `/insert/jsonline` is appended, a path prefix is kept. Credentials in it
   * become an Authorization header. Environment: `VICTORIALOGS_URL`. Default: `http://victorialogs:9428`.
   */
  readonly url?: string | undefined;
  /** Lowest level that is shipped, or `OFF`. Environment: `LOG_LEVEL`. Default: `INFO`. */
  readonly level?: Level | Lowercase<Level> | 'OFF' | 'off' | undefined;
  /**
   * Environment: `VICTORIALOGS_CONTAINER_NAME`, else `AWS_LAMBDA_FUNCTION_NAME`. Default: the host name, which in a
   * container is its id or name. At most 1,024 bytes are used.
   */
  readonly containerName?: string | undefined;
  /** Environment: `VICTORIALOGS_JOB`. Default: `lambda` inside a Lambda runtime, else `node`. */
  readonly job?: string | undefined;
  /** Names of the stream fields. Environment: `VICTORIALOGS_STREAM_FIELDS`. Default: `container_name`, `job`, `stream`. */
  readonly streamFields?: readonly string[] | undefined;
  /** Put on every record. Environment: `VICTORIALOGS_EXTRA_FIELDS` as `key=value,…`. Default: none. */
  readonly extraFields?: Readonly<Record<string, string>> | undefined;
  /** Tenant, 0 to 2^32-1. Environment: `VICTORIALOGS_ACCOUNT_ID`. Default: not sent. */
  readonly accountId?: number | undefined;
  /** Tenant, 0 to 2^32-1. Environment: `VICTORIALOGS_PROJECT_ID`. Default: not sent. */
  readonly projectId?: number | undefined;
  /** For Basic authorization. Environment: `VICTORIALOGS_USERNAME`. Default: none. */
  readonly username?: string | undefined;
  /** For Basic authorization. Environment: `VICTORIALOGS_PASSWORD`. Default: none. */
  readonly password?: string | undefined;
  /** For Bearer authorization. Environment: `VICTORIALOGS_BEARER_TOKEN`. Default: none. */
  readonly bearerToken?: string | undefined;
  /**
   * Memory for undelivered records in encoded bytes, 65,536 or more. Environment: `VICTORIALOGS_MAX_QUEUE_BYTES`.
   * Default: 33,554,432 (32 MiB).
   */
  readonly maxQueueBytes?: number | undefined;
  /**
   * Longest wait of an end-of-invocation flush, 0 to 600,000 milliseconds. Environment:
   * `VICTORIALOGS_FLUSH_TIMEOUT_MS`. Default: 300.
   */
  readonly flushTimeoutMs?: number | undefined;
  /**
   * Longest delay of the process exit, 0 to 600,000 milliseconds. Environment: `VICTORIALOGS_EXIT_TIMEOUT_MS`.
   * Default: 2,000.
   */
  readonly exitTimeoutMs?: number | undefined;
  /**
   * How long a line of a burst may wait for the next ones, to save system calls, 0 to 1,000 milliseconds. A line that
   * waits is lost if the process is killed; one that comes alone never waits. Environment: `VICTORIALOGS_HOLD_MS`.
   * Default: 0.
   */
  readonly holdMs?: number | undefined;
  /**
   * Keep acknowledged records for 15 s and send them again when contact to the server is lost meanwhile, since a server
   * that is killed loses what it acknowledged in its last ten seconds. Doubles lines. Environment:
   * `VICTORIALOGS_DURABLE=1`. Default: false.
   */
  readonly durable?: boolean | undefined;
  /**
   * Directory in which undelivered records survive the process; may be shared. Environment: `VICTORIALOGS_SPOOL_DIR`.
   * Default: none.
   */
  readonly spoolDir?: string | undefined;
  /**
   * Bytes that the files in `spoolDir` may have together, 1,048,576 or more. Environment:
   * `VICTORIALOGS_SPOOL_MAX_BYTES`. Default: 268,435,456 (256 MiB).
   */
  readonly spoolMaxBytes?: number | undefined;
  /**
   * What the attachment without code ships of pino and winston: `all` that their loggers log, wherever it goes, or only what
   * is `printed` on stdout or stderr. A logger that is silent ships nothing either way. Environment: `VICTORIALOGS_LOGGERS`.
   * Default: `all`.
   */
  readonly loggers?: 'all' | 'printed' | undefined;
  /** Our own trouble in detail to the real stderr. Environment: `VICTORIALOGS_DEBUG=1`. Default: false. */
  readonly debug?: boolean | undefined;
}

/** Completed options: behind the door nothing is undefined. */
export interface Settings {
  readonly endpoint: Endpoint;
  /** Index into LEVELS of the lowest level shipped; `LEVELS.length` ships nothing. */
  readonly levelThreshold: number;
  readonly containerName: string;
  readonly job: string;
  readonly streamFields: readonly string[];
  readonly extraFields: Readonly<Record<string, string>>;
  /** Headers of every insert request, Authorization and tenant included. */
  readonly headers: Readonly<Record<string, string>>;
  readonly maxQueueBytes: number;
  readonly flushTimeoutMs: number;
  readonly exitTimeoutMs: number;
  readonly holdMs: number;
  readonly durable: boolean;
  /** Empty: no spool. */
  readonly spoolDir: string;
  readonly spoolMaxBytes: number;
  readonly loggers: 'all' | 'printed';
  readonly debug: boolean;
}

/** Completed settings, or none when the environment names no usable server, with what is wrong in the environment. */
export interface CompletedOptions {
  readonly settings: Settings | undefined;
  /** One sentence each, without credentials. */
  readonly problems: readonly string[];
}

const INSERT_PATH = '/insert/jsonline';
const DEFAULT_URL = 'http://victorialogs:9428';
const DEFAULT_STREAM_FIELDS = ['container_name', 'job', 'stream'];
/** The server cuts off nothing below this, see `MaxFieldNameSize` of VictoriaLogs. */
const MAX_FIELD_NAME_BYTES = 128;
const MAX_TENANT = 2 ** 32 - 1;
const MAX_WAIT_MS = 600_000;
const LEVEL_ALIASES: Readonly<Record<string, Level>> = { WARNING: 'WARN', CRITICAL: 'FATAL' };

/**
 * Completes the options.
 * @throws TypeError for a bad option in code, naming it, what was expected and what came. A bad environment value is
 * a problem in the result and falls back to the default; a bad or empty `VICTORIALOGS_URL` leaves no settings.
 */
export function completeOptions(
  options: TransportOptions,
  env: NodeJS.ProcessEnv,
  hostname: () => string,
): CompletedOptions {
  if (options === null || typeof options !== 'object') {
    throw new TypeError(`options: expected an object, got ${show(options)}`);
  }
  const problems: string[] = [];
  const read = reader(options, env, problems);
  const location = read('url', 'VICTORIALOGS_URL', parseUrl, parseUrl(DEFAULT_URL));
  const unusable = options.url === undefined && problems.length > 0;
  const username = read('username', 'VICTORIALOGS_USERNAME', parseText, location.username);
  const password = read('password', 'VICTORIALOGS_PASSWORD', parseText, location.password);
  const bearerToken = read('bearerToken', 'VICTORIALOGS_BEARER_TOKEN', parseToken, '');
  const streamFields = read(
    'streamFields',
    'VICTORIALOGS_STREAM_FIELDS',
    parseNames,
    DEFAULT_STREAM_FIELDS,
  );
  const accountId = read('accountId', 'VICTORIALOGS_ACCOUNT_ID', parseInteger(0, MAX_TENANT), -1);
  const projectId = read('projectId', 'VICTORIALOGS_PROJECT_ID', parseInteger(0, MAX_TENANT), -1);
  const inLambda = env.AWS_LAMBDA_RUNTIME_API !== undefined;
  const functionName = env.AWS_LAMBDA_FUNCTION_NAME;
  const containerName = read(
    'containerName',
    'VICTORIALOGS_CONTAINER_NAME',
    parseText,
    functionName,
  );
  const settings: Settings = {
    endpoint: location.endpoint,
    levelThreshold: read('level', 'LOG_LEVEL', parseThreshold, LEVELS.indexOf('INFO')),
    containerName: containerName || hostname(),
    job: read('job', 'VICTORIALOGS_JOB', parseText, inLambda ? 'lambda' : 'node'),
    streamFields,
    extraFields: read('extraFields', 'VICTORIALOGS_EXTRA_FIELDS', parsePairs, {}),
    headers: {
      'Content-Type': 'application/stream+json',
      'VL-Stream-Fields': streamFields.join(','),
      ...authorization(username ?? '', password ?? '', bearerToken),
      ...(accountId < 0 ? {} : { AccountID: String(accountId) }),
      ...(projectId < 0 ? {} : { ProjectID: String(projectId) }),
    },
    maxQueueBytes: read(
      'maxQueueBytes',
      'VICTORIALOGS_MAX_QUEUE_BYTES',
      parseInteger(65_536, Number.MAX_SAFE_INTEGER),
      33_554_432,
    ),
    flushTimeoutMs: read(
      'flushTimeoutMs',
      'VICTORIALOGS_FLUSH_TIMEOUT_MS',
      parseInteger(0, MAX_WAIT_MS),
      300,
    ),
    exitTimeoutMs: read(
      'exitTimeoutMs',
      'VICTORIALOGS_EXIT_TIMEOUT_MS',
      parseInteger(0, MAX_WAIT_MS),
      2000,
    ),
    holdMs: read('holdMs', 'VICTORIALOGS_HOLD_MS', parseInteger(0, 1000), 0),
    durable: read('durable', 'VICTORIALOGS_DURABLE', parseSwitch, false),
    spoolDir: read('spoolDir', 'VICTORIALOGS_SPOOL_DIR', parseText, ''),
    spoolMaxBytes: read(
      'spoolMaxBytes',
      'VICTORIALOGS_SPOOL_MAX_BYTES',
      parseInteger(1_048_576, Number.MAX_SAFE_INTEGER),
      268_435_456,
    ),
    loggers: read('loggers', 'VICTORIALOGS_LOGGERS', parseLoggers, 'all'),
    debug: read('debug', 'VICTORIALOGS_DEBUG', parseSwitch, false),
  };
  return { settings: unusable ? undefined : settings, problems };
}

/** Turns a raw value into a setting, or throws an Error whose message says what was expected. */
type Parse<T> = (raw: unknown) => T;

function reader(options: TransportOptions, env: NodeJS.ProcessEnv, problems: string[]) {
  return <T>(option: keyof TransportOptions, variable: string, parse: Parse<T>, fallback: T): T => {
    if (options[option] !== undefined) {
      try {
        return parse(options[option]);
      } catch (error) {
        const came = SECRET.has(option) ? 'another value' : show(options[option]);
        throw new TypeError(`${option}: expected ${(error as Error).message}, got ${came}`);
      }
    }
    const raw = env[variable];
    if (raw === undefined || (raw === '' && option !== 'url')) return fallback;
    try {
      return parse(raw);
    } catch (error) {
      const came = SECRET.has(option) ? '' : `, got ${show(raw)}`;
      const then = option === 'url' ? 'nothing is shipped' : 'the default is used';
      problems.push(`${variable}: expected ${(error as Error).message}${came}; ${then}`);
      return fallback;
    }
  };
}

/** What must not appear in a message; a URL may hold a password. */
const SECRET: ReadonlySet<string> = new Set(['url', 'password', 'bearerToken']);

function show(value: unknown): string {
  const text = stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

interface Location {
  readonly endpoint: Endpoint;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

function parseUrl(raw: unknown): Location {
  const expected = 'an http or https URL such as http://victorialogs:9428';
  if (typeof raw !== 'string') throw new Error(`${expected} (it is no text)`);
  if (raw.trim() === '') throw new Error(`${expected} (it is empty)`);
  const url = URL.canParse(raw.trim()) ? new URL(raw.trim()) : undefined;
  if (url === undefined) throw new Error(`${expected} (it is not a URL)`);
  const { protocol } = url;
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new Error(`${expected} (its scheme is ${protocol.slice(0, 20)})`);
  }
  if (url.search !== '' || url.hash !== '') {
    throw new Error(`${expected} (it has a query or a fragment, which has no meaning here)`);
  }
  const prefix = url.pathname.replace(/\/+$/, '');
  const path = prefix.endsWith(INSERT_PATH) ? prefix : prefix + INSERT_PATH;
  const port = url.port === '' ? (protocol === 'http:' ? 80 : 443) : Number(url.port);
  return {
    endpoint: {
      protocol,
      hostname: url.hostname.replace(/^\[|\]$/g, ''),
      port,
      path,
      displayUrl: `${protocol}//${url.host}${path}`,
    },
    username: url.username === '' ? undefined : decodeOrKeep(url.username),
    password: url.password === '' ? undefined : decodeOrKeep(url.password),
  };
}

function decodeOrKeep(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function authorization(username: string, password: string, token: string): Record<string, string> {
  if (token !== '') return { Authorization: `Bearer ${token}` };
  if (username === '' && password === '') return {};
  return { Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}

function parseText(raw: unknown): string {
  if (typeof raw !== 'string') throw new Error('a string');
  return raw;
}

function parseToken(raw: unknown): string {
  if (typeof raw !== 'string' || !/^[\x21-\x7e]*$/.test(raw)) {
    throw new Error('a token of printable ASCII characters without blanks');
  }
  return raw;
}

function parseThreshold(raw: unknown): number {
  const name = typeof raw === 'string' ? raw.trim().toUpperCase() : '';
  if (name === 'OFF') return LEVELS.length;
  const index = LEVELS.indexOf(LEVEL_ALIASES[name] ?? (name as Level));
  if (index < 0) throw new Error(`one of ${LEVELS.join(', ')} or OFF`);
  return index;
}

function parseNames(raw: unknown): readonly string[] {
  const names = typeof raw === 'string' ? raw.split(',').map((name) => name.trim()) : raw;
  if (!Array.isArray(names)) throw new Error('a list of field names');
  const kept = [...new Set(names.filter((name) => name !== ''))];
  if (kept.length === 0 || !kept.every(isFieldName)) {
    throw new Error(
      'at least one field name, each at most 128 printable ASCII characters without , = { }',
    );
  }
  return kept;
}

/**
 * Names go into a header and a query, so they are kept to what both carry unchanged; for `=` and `}` in a stream field the
 * server refuses whole requests (`CheckStreamFieldName` in its source), and `_…` and `shipper.…` have meanings of their own.
 */
function isFieldName(name: unknown): name is string {
  return (
    typeof name === 'string' &&
    /^[\x21-\x7e]+$/.test(name) &&
    !/[,={}]/.test(name) &&
    !name.startsWith('shipper.') &&
    name.length <= MAX_FIELD_NAME_BYTES &&
    !name.startsWith('_')
  );
}

function parsePairs(raw: unknown): Readonly<Record<string, string>> {
  const expected = 'pairs of field names and strings, in the environment as key=value,key=value';
  const pairs = typeof raw === 'string' ? splitPairs(raw) : raw;
  if (pairs === null || typeof pairs !== 'object' || Array.isArray(pairs)) {
    throw new Error(expected);
  }
  for (const [name, value] of Object.entries(pairs)) {
    if (!isFieldName(name) || typeof value !== 'string') throw new Error(expected);
  }
  return pairs as Record<string, string>;
}

function splitPairs(raw: string): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (const pair of raw.split(',')) {
    const at = pair.indexOf('=');
    if (pair.trim() === '') continue;
    if (at < 1) throw new Error('key=value,key=value');
    pairs[pair.slice(0, at).trim()] = pair.slice(at + 1);
  }
  return pairs;
}

function parseInteger(min: number, max: number): Parse<number> {
  return (raw) => {
    const number = typeof raw === 'string' && /^\d+$/.test(raw.trim()) ? Number(raw) : raw;
    if (typeof number !== 'number' || !Number.isInteger(number) || number < min || number > max) {
      throw new Error(`a whole number from ${min} to ${max}`);
    }
    return number;
  };
}

function parseLoggers(raw: unknown): 'all' | 'printed' {
  if (raw !== 'all' && raw !== 'printed') throw new Error('all or printed');
  return raw;
}

function parseSwitch(raw: unknown): boolean {
  if (typeof raw === 'boolean') return raw;
  if (raw === '1' || raw === 'true') return true;
  if (raw === '0' || raw === 'false') return false;
  throw new Error('1 or 0');
}
