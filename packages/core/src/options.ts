/** Completes the settings once: an option in code wins over the environment, and the environment over the default. */
import os from 'node:os';
import { packageName } from './process/package-name.ts';
import { hideInMessages, warn } from './process/warn.ts';
import { LEVELS, type Level } from './record/record.ts';
import type { Redaction } from './record/redact.ts';
import { stringify } from './record/stringify.ts';
import type { Endpoint } from './senders/endpoint.ts';
import {
  directory,
  fieldNames,
  fieldPairs,
  integer,
  type Kind,
  oneOf,
  onOrOff,
  redaction,
  retention,
  text,
  threshold,
  token,
} from './settings/kinds.ts';
import { type OwnName, ownContainerName, ownJob } from './settings/own-names.ts';
import { ownOptions } from './settings/own-options.ts';
import { authorization, type Location, serverUrl } from './settings/server-url.ts';

/** What `createTransport` takes. Everything is optional: an option that is not given is read from its environment variable. */
export interface TransportOptions {
  /**
   * Base URL of VictoriaLogs, http or https; `/insert/jsonline` is appended, a path prefix is kept. Credentials in it
   * become an Authorization header. Or the unix socket that it listens on, `unix:/run/victoria-logs.sock`. A prefix follows
   * a colon: `unix:/run/victoria-logs.sock:/prefix`. Environment: `VICTORIALOGS_URL`. Default: `http://victorialogs:9428`.
   */
  readonly url?: string | undefined;
  /** Lowest level that is shipped, or `OFF`. Environment: `LOG_LEVEL`. Default: `INFO`. */
  readonly level?: Level | Lowercase<Level> | 'OFF' | 'off' | undefined;
  /**
   * Environment: `VICTORIALOGS_CONTAINER_NAME`. Default: `AWS_LAMBDA_FUNCTION_NAME`, else `POD_NAME`, else (outside Kubernetes)
   * `OTEL_SERVICE_NAME`, else `K_SERVICE`, else the host name. The host name of a pod is the pod's name; that of a container is
   * its id or name. At most 1,024 bytes are used.
   */
  readonly containerName?: string | undefined;
  /**
   * Environment: `VICTORIALOGS_JOB`. Default: `lambda` inside a Lambda runtime, else the name of the package that npm runs or
   * that the program belongs to, else `node`. At most 1,024 bytes are used.
   */
  readonly job?: string | undefined;
  /**
   * Names of the stream fields, at most 50. Environment: `VICTORIALOGS_STREAM_FIELDS`. Default: `container_name`, `job`,
   * `stream`.
   */
  readonly streamFields?: readonly string[] | undefined;
  /**
   * Fields for every record: at most 32 KiB, and 1,024 bytes of each value are used. Environment: `VICTORIALOGS_EXTRA_FIELDS`
   * as `key=value,…`. Default: none.
   */
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
   * Over https with TLS 1.3, encrypt each line in the call that logs it, so that it survives `kill -9`. False leaves TLS to
   * Node alone, which sends lines later, in batches. Environment: `VICTORIALOGS_TLS_WRITE_THROUGH`. Default: true.
   */
  readonly tlsWriteThrough?: boolean | undefined;
  /**
   * Keep acknowledged records for 15 s, and send them again if contact with the server is lost in that time: a killed server
   * loses what it acknowledged in about its last ten seconds. Lines can arrive twice. Environment: `VICTORIALOGS_DURABLE=1`.
   * Default: false.
   */
  readonly durable?: boolean | undefined;
  /**
   * Directory where undelivered records survive the process. Processes can share it. A relative path starts from the working
   * directory at the start of the program. Environment: `VICTORIALOGS_SPOOL_DIR`. Default: none.
   */
  readonly spoolDir?: string | undefined;
  /**
   * Most bytes of all files in `spoolDir` together, 1,048,576 or more. Environment:
   * `VICTORIALOGS_SPOOL_MAX_BYTES`. Default: 268,435,456 (256 MiB).
   */
  readonly spoolMaxBytes?: number | undefined;
  /**
   * How long the server keeps records (its `-retentionPeriod`): a number with `h`, `d`, `w`, `M` or `y`, one day or more. An older
   * time of a record's own is not its `_time`, since the server would drop it. Environment: `VICTORIALOGS_RETENTION`.
   * Default: `7d`, as VictoriaLogs has it.
   */
  readonly retention?: string | undefined;
  /**
   * What is shipped of pino and winston when we are attached without code: `all` that their loggers print, write to files or
   * send through winston's Http, or only what is `printed` to stdout or stderr. A silent logger ships nothing in either case.
   * Environment: `VICTORIALOGS_LOGGERS`. Default: `all`.
   */
  readonly loggers?: 'all' | 'printed' | undefined;
  /**
   * Whether the message of an error keeps its stack, as it was printed. False leaves out of `_msg` the frames that are in
   * `error.stack`. Environment: `VICTORIALOGS_STACK_IN_MESSAGE`. Default: true.
   */
  readonly stackInMessage?: boolean | undefined;
  /**
   * Redacts what is shipped, never what is printed: values of fields with these names, at any depth, and text that matches these
   * patterns. Both become `***`. In a name, `*` stands for any characters but dots. `headers.cookie` is a member of `headers`.
   * A pattern with groups redacts only what its first group matches. Patterns have RE2 syntax. Environment: `VICTORIALOGS_REDACT`
   * as `password,*_token,/card=(\d+)/`. With a bad rule there, nothing is shipped. Default: nothing is redacted.
   */
  readonly redact?: readonly (string | RegExp)[] | undefined;
  /** Writes details of our own work to the real stderr. Environment: `VICTORIALOGS_DEBUG=1`. Default: false. */
  readonly debug?: boolean | undefined;
}

/** Completed options, with the defaults filled in. */
export interface Settings {
  readonly endpoint: Endpoint;
  /** Index into LEVELS of the lowest level shipped; `LEVELS.length` ships nothing. */
  readonly levelThreshold: number;
  /** The field `container_name`. */
  readonly containerName: string;
  /** The field `job`. */
  readonly job: string;
  readonly streamFields: readonly string[];
  readonly extraFields: Readonly<Record<string, string>>;
  /** Headers of every insert request, Authorization and tenant included. */
  readonly headers: Readonly<Record<string, string>>;
  readonly maxQueueBytes: number;
  readonly flushTimeoutMs: number;
  readonly exitTimeoutMs: number;
  readonly tlsWriteThrough: boolean;
  readonly durable: boolean;
  /** Empty: no spool. */
  readonly spoolDir: string;
  /** The limit for all files there together. */
  readonly spoolMaxBytes: number;
  /** In milliseconds; undefined when nobody has said it. */
  readonly retentionMs: number | undefined;
  readonly loggers: 'all' | 'printed';
  readonly stackInMessage: boolean;
  /** Undefined: nothing is redacted. */
  readonly redact: Redaction | undefined;
  readonly debug: boolean;
}

/** Completed settings, and what is wrong in the environment. No settings when its server URL or its redaction rules are bad. */
export interface CompletedOptions {
  readonly settings: Settings | undefined;
  /** One sentence each, without credentials. */
  readonly problems: readonly string[];
  /** The source of each value that is not a default: a variable, `code`, or words. */
  readonly sources: Readonly<Partial<Record<keyof TransportOptions, string>>>;
}

/** How to query the server that the environment names. */
export interface NamedServer {
  /** Base URL without credentials and without a slash at the end. For a unix socket: `unix:PATH:PREFIX`. */
  readonly url: string;
  /** Authorization and tenant. */
  readonly headers: Readonly<Record<string, string>>;
}

const MAX_TENANT = 2 ** 32 - 1;
const MAX_WAIT_MS = 600_000;
const MOST_SHOWN = 80;

/** Every setting: its variable, the kind of its value, and its default. */
const TABLE = {
  url: setting('VICTORIALOGS_URL', serverUrl, {
    endpoint: {
      protocol: 'http:',
      hostname: 'victorialogs',
      port: 9428,
      socketPath: '',
      path: '/insert/jsonline',
      displayUrl: 'http://victorialogs:9428/insert/jsonline',
    },
    baseUrl: 'http://victorialogs:9428',
    username: '',
    password: '',
  } satisfies Location as Location),
  level: setting('LOG_LEVEL', threshold, LEVELS.indexOf('INFO')),
  containerName: setting('VICTORIALOGS_CONTAINER_NAME', text, ''),
  job: setting('VICTORIALOGS_JOB', text, ''),
  streamFields: setting('VICTORIALOGS_STREAM_FIELDS', fieldNames, [
    'container_name',
    'job',
    'stream',
  ]),
  extraFields: setting('VICTORIALOGS_EXTRA_FIELDS', fieldPairs, {}),
  accountId: setting('VICTORIALOGS_ACCOUNT_ID', integer(0, MAX_TENANT), undefined),
  projectId: setting('VICTORIALOGS_PROJECT_ID', integer(0, MAX_TENANT), undefined),
  username: setting('VICTORIALOGS_USERNAME', text, ''),
  password: setting('VICTORIALOGS_PASSWORD', text, ''),
  bearerToken: setting('VICTORIALOGS_BEARER_TOKEN', token, ''),
  maxQueueBytes: setting('VICTORIALOGS_MAX_QUEUE_BYTES', integer(65_536), 33_554_432),
  flushTimeoutMs: setting('VICTORIALOGS_FLUSH_TIMEOUT_MS', integer(0, MAX_WAIT_MS), 300),
  exitTimeoutMs: setting('VICTORIALOGS_EXIT_TIMEOUT_MS', integer(0, MAX_WAIT_MS), 2_000),
  tlsWriteThrough: setting('VICTORIALOGS_TLS_WRITE_THROUGH', onOrOff, true),
  durable: setting('VICTORIALOGS_DURABLE', onOrOff, false),
  spoolDir: setting('VICTORIALOGS_SPOOL_DIR', directory, ''),
  spoolMaxBytes: setting('VICTORIALOGS_SPOOL_MAX_BYTES', integer(1_048_576), 268_435_456),
  retention: setting('VICTORIALOGS_RETENTION', retention, undefined),
  loggers: setting('VICTORIALOGS_LOGGERS', oneOf('all', 'printed'), 'all'),
  stackInMessage: setting('VICTORIALOGS_STACK_IN_MESSAGE', onOrOff, true),
  redact: setting('VICTORIALOGS_REDACT', redaction, undefined),
  debug: setting('VICTORIALOGS_DEBUG', onOrOff, false),
} satisfies Record<keyof TransportOptions, Setting<unknown, unknown>>;

/** Settings whose values must not appear in a message. A URL can hold a password, a pattern the secret that it redacts. */
const SECRET: ReadonlySet<string> = new Set([
  'url',
  'username',
  'password',
  'bearerToken',
  'redact',
]);

/** With a bad value here nothing is shipped: the default would ship to the wrong server, or without redaction. */
const ESSENTIAL: ReadonlySet<string> = new Set(['url', 'redact']);

interface Setting<T, Default> {
  readonly variable: string;
  readonly kind: Kind<T>;
  readonly fallback: Default;
}

function setting<T, Default extends T | undefined>(
  variable: string,
  kind: Kind<T>,
  fallback: Default,
): Setting<T, Default> {
  return { variable, kind, fallback };
}

/** What the table says about a setting. */
export interface SettingFacts {
  readonly variable: string;
  /** What a value must be. */
  readonly expected: string;
  readonly fallback: unknown;
  /** True when its value is never shown. */
  readonly isSecret: boolean;
}

/** All settings, in the order of the documentation. */
export function settingFacts(): ReadonlyMap<keyof TransportOptions, SettingFacts> {
  return new Map(
    Object.entries(TABLE).map(([name, { variable, kind, fallback }]) => [
      name as keyof TransportOptions,
      { variable, expected: kind.expected, fallback, isSecret: SECRET.has(name) },
    ]),
  );
}

/**
 * The settings of this process; none when the environment has a bad server URL or redaction rule. Warns about everything that is
 * wrong in the environment. From here on no warning shows the credentials.
 * @throws TypeError for a bad option in code.
 */
export function settingsOfProcess(
  options: TransportOptions,
  env: NodeJS.ProcessEnv = process.env,
): CompletedOptions {
  const completed = completeOptions(options, env, os.hostname, packageName);
  if (completed.settings !== undefined) hideInMessages(completed.settings.headers);
  if (completed.problems.length > 0) warn('DL_INVALID_SETTING', completed.problems.join('. '));
  return completed;
}

/**
 * Completes the options.
 * @throws TypeError for a bad option in code: it names the option, what was expected and what was given. A bad environment
 * value is a problem in the result. The default is used instead, but a bad URL or redaction rule leaves no settings.
 */
export function completeOptions(
  options: TransportOptions,
  env: NodeJS.ProcessEnv,
  hostname: () => string,
  packageOf: () => string | undefined = () => undefined,
): CompletedOptions {
  if (options === null || typeof options !== 'object') {
    throw new TypeError(`options: expected an object, got ${show(options)}`);
  }
  const problems: string[] = [];
  const sources: Partial<Record<keyof TransportOptions, string>> = {};
  let isUsable = true;
  const read = reader(ownOptions(options), env, sources, (name, problem) => {
    if (ESSENTIAL.has(name)) isUsable = false;
    const then = ESSENTIAL.has(name) ? 'nothing is shipped' : 'the default is used';
    problems.push(`${problem}; ${then}`);
  });
  const { endpoint, headers } = readServer(read);
  const streamFields = read('streamFields');
  const ownName = (option: 'containerName' | 'job', make: () => OwnName): string => {
    const given = read(option);
    if (given !== '') return given;
    const { name, from } = make();
    sources[option] = from;
    return name;
  };
  const settings: Settings = {
    endpoint,
    levelThreshold: read('level'),
    containerName: ownName('containerName', () => ownContainerName(env, hostname)),
    job: ownName('job', () => ownJob(env, packageOf)),
    streamFields,
    extraFields: read('extraFields'),
    headers: {
      'Content-Type': 'application/stream+json',
      'VL-Stream-Fields': streamFields.join(','),
      ...headers,
    },
    maxQueueBytes: read('maxQueueBytes'),
    flushTimeoutMs: read('flushTimeoutMs'),
    exitTimeoutMs: read('exitTimeoutMs'),
    tlsWriteThrough: read('tlsWriteThrough'),
    durable: read('durable'),
    spoolDir: read('spoolDir'),
    spoolMaxBytes: read('spoolMaxBytes'),
    retentionMs: read('retention'),
    loggers: read('loggers'),
    stackInMessage: read('stackInMessage'),
    redact: read('redact'),
    debug: read('debug'),
  };
  return { settings: isUsable ? settings : undefined, problems, sources };
}

/**
 * The server that the environment names, for programs that query it.
 * @throws TypeError when `VICTORIALOGS_URL` is missing, or when it, a credential or the tenant is bad. The message shows no
 * credential.
 */
export function namedServer(env: NodeJS.ProcessEnv): NamedServer {
  const refuse = (_: unknown, problem: string): never => {
    throw new TypeError(problem);
  };
  const url = env.VICTORIALOGS_URL ?? '';
  const { baseUrl, headers } = readServer(
    reader({}, { ...env, VICTORIALOGS_URL: url }, {}, refuse),
  );
  return { url: baseUrl, headers };
}

/** Whether the environment asks for details of our own work. A bad value does not. */
export function asksForDetails(env: NodeJS.ProcessEnv): boolean {
  return reader({}, env, {}, () => {})('debug');
}

/** Limits a wait that code asks for to ten minutes. A value that is not a number gives a warning, and the fallback is used. */
export function boundedWait(option: string, ms: unknown, fallbackMs: number): number {
  if (ms === undefined) return fallbackMs;
  if (typeof ms === 'number' && !Number.isNaN(ms)) return Math.min(Math.max(0, ms), MAX_WAIT_MS);
  warn(
    'DL_INVALID_SETTING',
    `${option}: expected milliseconds from 0 to ${MAX_WAIT_MS}, got ${show(ms)}; ${fallbackMs} is used`,
  );
  return fallbackMs;
}

type Table = typeof TABLE;
type ValueOf<Name extends keyof Table> =
  Table[Name] extends Setting<infer T, infer Default> ? T | Default : never;
type Read = <Name extends keyof Table>(name: Name) => ValueOf<Name>;

function readServer(read: Read): Location & Pick<Settings, 'headers'> {
  const location = read('url');
  const username = read('username') || location.username;
  const password = read('password') || location.password;
  const accountId = read('accountId');
  const projectId = read('projectId');
  return {
    ...location,
    headers: {
      ...authorization(username, password, read('bearerToken')),
      ...(accountId === undefined ? {} : { AccountID: String(accountId) }),
      ...(projectId === undefined ? {} : { ProjectID: String(projectId) }),
    },
  };
}

/** Reads single settings, and notes their sources. Calls `refuse` for a bad environment value, throws for a bad option. */
function reader(
  options: TransportOptions,
  env: NodeJS.ProcessEnv,
  sources: Partial<Record<keyof Table, string>>,
  refuse: (name: keyof Table, problem: string) => void,
): Read {
  return (name) => {
    const { variable, kind, fallback } = TABLE[name] as Setting<never, never>;
    const given = withoutLineEnd(options[name]);
    if (given !== undefined) {
      const value = kind.read(given);
      if (value === undefined) throw new TypeError(unexpected(name, name, kind, given));
      sources[name] = 'code';
      return value;
    }
    const raw = withoutLineEnd(Object.hasOwn(env, variable) ? env[variable] : undefined);
    if (raw === undefined || (raw === '' && name !== 'url')) return fallback;
    const value = kind.read(raw);
    if (value === undefined) refuse(name, unexpected(name, variable, kind, raw));
    else sources[name] = variable;
    return value ?? fallback;
  };
}

/** A value that comes from a file usually ends in one. */
function withoutLineEnd(raw: unknown): unknown {
  return typeof raw === 'string' ? raw.replace(/[\r\n]+$/, '') : raw;
}

function unexpected(name: string, source: string, kind: Kind<unknown>, raw: unknown): string {
  const came = SECRET.has(name) ? '' : `, got ${show(raw)}`;
  return `${source}: expected ${kind.expected}${kind.explain?.(raw) ?? ''}${came}`;
}

/** A value in readable form. */
export function show(value: unknown): string {
  // JSON has no NaN.
  const shown = typeof value === 'number' ? String(value) : (stringify(value) ?? String(value));
  return shown.length > MOST_SHOWN ? `${shown.slice(0, MOST_SHOWN)}…` : shown;
}
