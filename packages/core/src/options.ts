/** Completes the settings once: an option in code wins over the environment, and the environment over the default. */
import os from 'node:os';
import { CredentialFile } from './process/credential-file.ts';
import { packageName } from './process/package-name.ts';
import { hideInMessages, warn } from './process/warn.ts';
import { LEVELS } from './record/record.ts';
import {
  fieldNames,
  fieldPairs,
  integer,
  type Kind,
  oneOf,
  onOrOff,
  path,
  redaction,
  retention,
  text,
  threshold,
  token,
} from './settings/kinds.ts';
import { type OwnName, ownContainerName, ownJob } from './settings/own-names.ts';
import { ownOptions } from './settings/own-options.ts';
import {
  authorization,
  basic,
  DEFAULT_LOCATION,
  type Location,
  serverUrl,
} from './settings/server-url.ts';
import { show } from './settings/show.ts';
import type {
  CompletedOptions,
  NamedServer,
  Settings,
  TransportOptions,
} from './transport-options.ts';

const MAX_TENANT = 2 ** 32 - 1;
const MAX_WAIT_MS = 600_000;
/** Values that must not appear in a message. A URL can hold a password, a pattern the secret that it redacts. */
const SECRET = { isSecret: true };

/** What the table says about a setting. */
export interface Setting<T, Default> extends Special {
  readonly variable: string;
  readonly kind: Kind<T>;
  readonly value: Default;
  /** What it does, as a phrase in Markdown. */
  readonly meaning: string;
}

interface Special {
  /** True when its value must not be shown. */
  readonly isSecret?: boolean;
  /** With a bad value nothing is shipped: the default would ship to the wrong server or tenant, or without redaction. */
  readonly isEssential?: boolean;
  /** Another variable, which is read when its own is not set. */
  readonly also?: string;
  /** The default in words, where the value does not say it. */
  readonly fallback?: string;
}

function setting<T, Default extends T | undefined>(
  variable: string,
  kind: Kind<T>,
  value: Default,
  meaning: string,
  special: Special = {},
): Setting<T, Default> {
  return { variable, kind, value, meaning, ...special };
}

/** Every setting, in the order of the documentation: variable, kind of its value, default, meaning in Markdown, and what is special. */
const TABLE = {
  url: setting(
    'VICTORIALOGS_URL',
    serverUrl,
    DEFAULT_LOCATION,
    'base URL of VictoriaLogs, vmauth, vlagent or the vlinsert of a cluster. `/insert/jsonline` is appended unless it is there, a path prefix is kept, credentials become an Authorization header. A unix socket is named by its path, as in `unix:/run/victoria-logs.sock`, with a prefix after a colon: `unix:/run/victoria-logs.sock:/prefix`. A URL with a query is refused',
    {
      ...{ isSecret: true, isEssential: true },
      fallback: '`http://victorialogs:9428` in code; the preload does nothing without it',
    },
  ),
  level: setting(
    'VICTORIALOGS_LOG_LEVEL',
    threshold,
    LEVELS.indexOf('INFO'),
    'lowest level that is shipped. The words of loggers are understood (`verbose`, `http`, `silly`, `fine`, `silent` and so on). What is printed stays the same',
    { also: 'LOG_LEVEL', fallback: 'INFO' },
  ),
  containerName: setting(
    'VICTORIALOGS_CONTAINER_NAME',
    text,
    '',
    'the field `container_name`; 1,024 bytes of it are used',
    {
      fallback:
        '[what the platform calls it](record.md#where-it-comes-from): the function, the pod, the service, else the host',
    },
  ),
  job: setting('VICTORIALOGS_JOB', text, '', 'the field `job`; 1,024 bytes of it are used', {
    fallback:
      '`lambda` in a Lambda runtime, else [the name of the package](record.md#where-it-comes-from), else `node`',
  }),
  streamFields: setting(
    'VICTORIALOGS_STREAM_FIELDS',
    fieldNames,
    ['container_name', 'job', 'stream'],
    'names of the stream fields, separated by commas',
  ),
  extraFields: setting(
    'VICTORIALOGS_EXTRA_FIELDS',
    fieldPairs,
    {},
    'put on every record; 1,024 bytes of each value are used',
  ),
  accountId: setting(
    'VICTORIALOGS_ACCOUNT_ID',
    integer(0, MAX_TENANT),
    undefined,
    'tenant: the header `AccountID`. With a bad number nothing is shipped',
    { isEssential: true },
  ),
  projectId: setting(
    'VICTORIALOGS_PROJECT_ID',
    integer(0, MAX_TENANT),
    undefined,
    'tenant: the header `ProjectID`. With a bad number nothing is shipped',
    { isEssential: true },
  ),
  username: setting(
    'VICTORIALOGS_USERNAME',
    text,
    '',
    'Basic authorization; wins over the user in the URL',
    SECRET,
  ),
  password: setting(
    'VICTORIALOGS_PASSWORD',
    text,
    '',
    'Basic authorization; wins over the password in the URL',
    SECRET,
  ),
  passwordFile: setting(
    'VICTORIALOGS_PASSWORD_FILE',
    path,
    '',
    'file with the password, [read again when it has changed](#credentials-from-files)',
  ),
  bearerToken: setting(
    'VICTORIALOGS_BEARER_TOKEN',
    token,
    '',
    'Bearer authorization; wins over Basic',
    SECRET,
  ),
  bearerTokenFile: setting(
    'VICTORIALOGS_BEARER_TOKEN_FILE',
    path,
    '',
    'file with the token, [read again when it has changed](#credentials-from-files)',
  ),
  maxQueueBytes: setting(
    'VICTORIALOGS_MAX_QUEUE_BYTES',
    integer(65_536),
    33_554_432,
    'memory for undelivered records, in encoded bytes',
  ),
  flushTimeoutMs: setting(
    'VICTORIALOGS_FLUSH_TIMEOUT_MS',
    integer(0, MAX_WAIT_MS),
    300,
    'longest wait of a flush: at the end of an invocation, of `flush()`, and at the end of a logger',
  ),
  exitTimeoutMs: setting(
    'VICTORIALOGS_EXIT_TIMEOUT_MS',
    integer(0, MAX_WAIT_MS),
    2_000,
    'longest delay of the process exit',
  ),
  tlsWriteThrough: setting(
    'VICTORIALOGS_TLS_WRITE_THROUGH',
    onOrOff,
    true,
    '`0`: over https leave TLS to Node alone, through undici. Then lines go in batches and do not survive `kill -9` ([security](security.md))',
  ),
  durable: setting(
    'VICTORIALOGS_DURABLE',
    onOrOff,
    false,
    '`1`: send the last 15 s again when contact to the server was lost, since a killed server loses what it acknowledged last. Doubles lines',
  ),
  spoolDir: setting(
    'VICTORIALOGS_SPOOL_DIR',
    path,
    '',
    'directory in which undelivered records survive the process. A relative path belongs to the working directory at the start',
  ),
  spoolMaxBytes: setting(
    'VICTORIALOGS_SPOOL_MAX_BYTES',
    integer(1_048_576),
    268_435_456,
    'bytes of all files there together',
  ),
  retention: setting(
    'VICTORIALOGS_RETENTION',
    retention,
    undefined,
    "how long the server keeps records, as its `-retentionPeriod` says. An older time of a record's own is not its `_time`, since the server would drop it",
    { fallback: "7d, VictoriaLogs' own" },
  ),
  loggers: setting(
    'VICTORIALOGS_LOGGERS',
    oneOf('all', 'printed'),
    'all',
    "what the attachment without code ships of pino and winston: `all` that their loggers print, write to files or send by winston's Http, or only what is `printed` on stdout or stderr. A silent logger ships nothing",
  ),
  stackInMessage: setting(
    'VICTORIALOGS_STACK_IN_MESSAGE',
    onOrOff,
    true,
    '`0`: leave the frames of an error out of `_msg`, where `error.stack` has them ([what that looks like](decisions/stack-in-message.md))',
  ),
  redact: setting(
    'VICTORIALOGS_REDACT',
    redaction,
    undefined,
    'redacts what is shipped, never what is printed: values of fields with these names, and what matches these patterns ([redaction](security.md#redaction)). With a bad rule nothing is shipped',
    { isSecret: true, isEssential: true },
  ),
  debug: setting(
    'VICTORIALOGS_DEBUG',
    onOrOff,
    false,
    '`1`: our own trouble in detail, to the real stderr',
  ),
  lambdaPropagate: setting(
    'VICTORIALOGS_LAMBDA_PROPAGATE',
    onOrOff,
    false,
    '`1`: a Lambda function passes its [trace id](lambda.md#passing-the-trace-id-on) to the functions that it invokes with the AWS SDK',
  ),
  lambdaExtension: setting(
    'VICTORIALOGS_LAMBDA_EXTENSION',
    onOrOff,
    false,
    '`1`: a Lambda function gets SIGTERM before [the end of its environment](lambda.md#the-end-of-an-environment)',
  ),
} satisfies Record<keyof TransportOptions | EnvironmentSwitch, Setting<unknown, unknown>>;

/** What only the environment sets. */
export type EnvironmentSwitch = 'lambdaPropagate' | 'lambdaExtension';

/** The table for people: each setting by its name in code. */
export function settingFacts(): ReadonlyMap<string, Setting<unknown, unknown>> {
  return new Map(Object.entries(TABLE as Record<string, Setting<unknown, unknown>>));
}

/**
 * The settings of this process; none when the environment has a bad server URL, tenant or redaction rule. Warns about everything that is
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
 * value is a problem in the result. The default is used instead, but a bad URL, tenant or redaction rule leaves no settings.
 */
export function completeOptions(
  options: TransportOptions,
  env: NodeJS.ProcessEnv,
  hostname: () => string,
  packageOf: () => string | undefined = () => undefined,
): CompletedOptions {
  if (options === null || typeof options !== 'object') {
    throw new TypeError(`options: must be an object; got ${show(options)}`);
  }
  const problems: string[] = [];
  const sources: Partial<Record<keyof TransportOptions, string>> = {};
  let isUsable = true;
  const read = reader(ownOptions(options), env, sources, (name, problem) => {
    const { isEssential = false }: Special = TABLE[name];
    if (isEssential) isUsable = false;
    problems.push(`${problem}; ${isEssential ? 'nothing is shipped' : 'the default is used'}`);
  });
  const { endpoint, headers } = readServer(read, (problem) => problems.push(problem));
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
    headers: Object.defineProperties(
      {
        'Content-Type': 'application/stream+json',
        'VL-Stream-Fields': streamFields.join(','),
      },
      // With the getter of a credential that comes from a file.
      Object.getOwnPropertyDescriptors(headers),
    ),
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
  const read = reader({}, { ...env, VICTORIALOGS_URL: url }, {}, refuse);
  const { baseUrl, headers } = readServer(read, (problem) => refuse(undefined, problem));
  return { url: baseUrl, headers };
}

/** Whether the environment asks for details of our own work. A bad value does not. */
export function asksForDetails(env: NodeJS.ProcessEnv): boolean {
  return reader({}, env, {}, () => {})('debug');
}

/** Whether a switch that only the environment has is on. A bad value gives one warning and counts as off. */
export function isSwitchedOn(name: EnvironmentSwitch, env: NodeJS.ProcessEnv): boolean {
  return reader({}, env, {}, (_, problem) =>
    warn('DL_INVALID_SETTING', `${problem}; the default is used`),
  )(name);
}

/** Limits a wait that code asks for to ten minutes. A value that is not a number gives a warning, and the fallback is used. */
export function boundedWait(option: string, ms: unknown, fallbackMs: number): number {
  if (ms === undefined) return fallbackMs;
  if (typeof ms === 'number' && !Number.isNaN(ms)) return Math.min(Math.max(0, ms), MAX_WAIT_MS);
  warn(
    'DL_INVALID_SETTING',
    `${option}: must be milliseconds from 0 to ${MAX_WAIT_MS}; got ${show(ms)}; ${fallbackMs} is used`,
  );
  return fallbackMs;
}

type Table = typeof TABLE;
type ValueOf<Name extends keyof Table> =
  Table[Name] extends Setting<infer T, infer Default> ? T | Default : never;
type Read = <Name extends keyof Table>(name: Name) => ValueOf<Name>;

/** @param refuse Called for a file that cannot be read. It is tried again at every use of the headers. */
function readServer(
  read: Read,
  refuse: (problem: string) => void,
): Location & Pick<Settings, 'headers'> {
  const location = read('url');
  const username = read('username') || location.username;
  const password = read('password') || location.password;
  const bearerToken = read('bearerToken');
  const accountId = read('accountId');
  const projectId = read('projectId');
  const headers: Record<string, string> = {
    ...authorization(username, password, bearerToken),
    ...(accountId === undefined ? {} : { AccountID: String(accountId) }),
    ...(projectId === undefined ? {} : { ProjectID: String(projectId) }),
  };
  const isToken = read('bearerTokenFile') !== '';
  const file = isToken ? read('bearerTokenFile') : read('passwordFile');
  if (file !== '' && bearerToken === '' && (isToken || password === '')) {
    const credential = new CredentialFile(file, isToken ? token.read : text.read);
    if (credential.problem !== undefined) {
      refuse(
        `${TABLE[isToken ? 'bearerTokenFile' : 'passwordFile'].variable}: ${credential.problem}`,
      );
    }
    const current = () =>
      isToken ? `Bearer ${credential.read()}` : basic(username, credential.read());
    Object.defineProperty(headers, 'Authorization', { get: current, enumerable: true });
  }
  return { ...location, headers };
}

/** Reads single settings, and notes their sources. Calls `refuse` for a bad environment value, throws for a bad option. */
function reader(
  options: TransportOptions,
  env: NodeJS.ProcessEnv,
  sources: Partial<Record<keyof Table, string>>,
  refuse: (name: keyof Table, problem: string) => void,
): Read {
  return (name) => {
    const { variable, kind, value: fallback, also }: Setting<unknown, unknown> = TABLE[name];
    const given = withoutLineEnd(options[name as keyof TransportOptions]);
    if (given !== undefined) {
      const value = kind.read(given);
      if (value === undefined) throw new TypeError(unexpected(name, name, given));
      sources[name] = 'code';
      return value as never;
    }
    const inEnvironment = (of: string) => (Object.hasOwn(env, of) ? env[of] : undefined);
    const used = also === undefined || inEnvironment(variable) ? variable : also;
    const raw = withoutLineEnd(inEnvironment(used));
    if (raw === undefined || (raw === '' && name !== 'url')) return fallback as never;
    const value = kind.read(raw);
    if (value === undefined) refuse(name, unexpected(name, used, raw));
    else sources[name] = used;
    return (value ?? fallback) as never;
  };
}

/** A value that comes from a file usually ends in one. */
function withoutLineEnd(raw: unknown): unknown {
  return typeof raw === 'string' ? raw.replace(/[\r\n]+$/, '') : raw;
}

function unexpected(name: keyof Table, source: string, raw: unknown): string {
  const { kind, isSecret = false }: Setting<unknown, unknown> = TABLE[name];
  const came = isSecret ? '' : `; got ${show(raw)}`;
  return `${source}: must be ${kind.expected}${kind.explain?.(raw) ?? ''}${came}`;
}
