/** Completes the settings once: an option in code wins over the environment, and the environment over the default. */
import os from 'node:os';
import { authorizeFrom } from './process/credential-file.ts';
import { hideCredentials } from './process/debug.ts';
import { attempt } from './process/guard.ts';
import { packageName } from './process/package-name.ts';
import { warn } from './process/warn.ts';
import type { Endpoint } from './senders/endpoint.ts';
import { environmentFor } from './settings/for-server.ts';
import { environmentSwitch, token } from './settings/kinds.ts';
import { type OwnName, ownContainerName, ownJob } from './settings/own-names.ts';
import { ownOptions } from './settings/own-options.ts';
import { authorization, basic, type Location } from './settings/server-url.ts';
import { show } from './settings/show.ts';
import {
  allSettings,
  MAX_WAIT_MS,
  SETTINGS,
  type Setting,
  type SettingName,
  type TransportOptions,
  type ValueOf,
} from './settings/table.ts';

type Values = { readonly [Name in SettingName]: ValueOf<Name> };

/** The value of each setting, and what follows from several of them. */
export interface Settings
  extends Omit<Values, 'url' | 'username' | 'password' | 'bearerToken' | 'level' | 'retention'> {
  readonly endpoint: Endpoint;
  /**
   * Headers of every insert request, Authorization and tenant included. A credential in a file is always the current one. While the file
   * cannot be read, `Authorization` throws, so that nothing is sent without it.
   */
  readonly headers: Readonly<Record<string, string>>;
  /** Index into LEVELS of the lowest level shipped; `LEVELS.length` ships nothing. */
  readonly levelThreshold: number;
  /** Undefined when nobody has said it. */
  readonly retentionMs: number | undefined;
}

/** Completed settings, and what is wrong in the environment. No settings if an essential one has a bad value there. */
export interface CompletedOptions {
  readonly settings: Settings | undefined;
  /** One sentence each, without credentials. */
  readonly problems: readonly string[];
  /** The source of each value that is not a default: a variable, `code`, or words. */
  readonly sources: Sources;
}

export type Sources = Readonly<Partial<Record<SettingName, string>>>;

/** How to query the server that the environment names. */
export interface NamedServer {
  /** Base URL without credentials and without a slash at the end. For a unix socket: `unix:PATH:PREFIX`. */
  readonly url: string;
  /** Authorization and tenant. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The settings of this process; none when the environment has a bad server URL, tenant, bearer token or redaction rule. Warns about
 * everything that is wrong in the environment. From here on no warning shows the credentials.
 * @throws TypeError for a bad option in code.
 */
export function settingsOfProcess(
  options: TransportOptions,
  env: NodeJS.ProcessEnv = process.env,
): CompletedOptions {
  const completed = completeOptions(options, env, os.hostname, packageName);
  attempt(() => hideCredentials(completed.settings?.headers ?? {}));
  if (completed.problems.length > 0) warn('DL_INVALID_SETTING', completed.problems.join('. '));
  return completed;
}

/**
 * Completes the options.
 * @throws TypeError for a bad option in code: it names the option, what was expected and what was given. A bad environment
 * value is a problem in the result. The default is used instead, but with a bad URL, tenant, bearer token or redaction rule there are no
 * settings.
 */
export function completeOptions(
  options: TransportOptions,
  env: NodeJS.ProcessEnv,
  hostname: () => string,
  packageOf: () => string | undefined = () => undefined,
): CompletedOptions {
  if (options === null || typeof options !== 'object') {
    throw new TypeError(
      `options: must be an object; got ${options === null ? options : typeof options}`,
    );
  }
  const problems: string[] = [];
  const sources: Partial<Record<SettingName, string>> = {};
  let isUsable = true;
  const own = ownOptions(options);
  // A preload has no options.
  const used = Object.keys(own).length === 0 ? env : environmentFor(own, env);
  const read = reader(own, used, sources, (name, problem) => {
    const { isEssential }: Setting<unknown, unknown> = SETTINGS[name];
    if (isEssential) isUsable = false;
    problems.push(`${problem}; ${isEssential ? 'nothing is shipped' : 'the default is used'}`);
  });
  const values = Object.fromEntries(allSettings().map(([name]) => [name, read(name)])) as Values;
  const { url: _, username, password, bearerToken, level, retention, ...others } = values;
  const { endpoint, headers } = serverOf(
    (name) => values[name],
    (problem) => problems.push(`${problem}; lines wait until it can`),
  );
  const named = (option: 'containerName' | 'job', make: () => OwnName): string => {
    if (values[option] !== '') return values[option];
    const { name, from } = make();
    sources[option] = from;
    return name;
  };
  const settings: Settings = {
    ...others,
    endpoint,
    headers: Object.defineProperties(
      {
        'Content-Type': 'application/stream+json',
        'VL-Stream-Fields': values.streamFields.join(','),
      },
      // With the getter of a credential that comes from a file.
      Object.getOwnPropertyDescriptors(headers),
    ),
    containerName: named('containerName', () => ownContainerName(env, hostname)),
    job: named('job', () => ownJob(env, packageOf)),
    levelThreshold: level,
    retentionMs: retention,
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
  if (env.VICTORIALOGS_URL === undefined)
    throw new TypeError(
      'VICTORIALOGS_URL is not set: it names the server, such as http://victorialogs:9428',
    );
  const read = reader({}, env, {}, refuse);
  const { baseUrl, headers } = serverOf(read, (problem) => refuse(undefined, problem));
  return { url: baseUrl, headers };
}

/** Whether the environment turns a switch on, before there is a transport. A bad value does not; the transport warns of it. */
export function isSwitchedOn(
  name: 'debug' | 'lambdaPropagate' | 'lambdaExtension',
  env: NodeJS.ProcessEnv,
): boolean {
  return reader({}, env, {}, () => {})(name);
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

type Read = <Name extends SettingName>(name: Name) => ValueOf<Name>;

/** @param refuse Called for a file that cannot be read. It is tried again at every use of the headers. */
function serverOf(
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
  const setting = isToken ? 'bearerTokenFile' : 'passwordFile';
  const file = read(setting);
  if (file !== '' && bearerToken === '' && (isToken || password === '')) {
    const headerOf = (content: string): string | undefined =>
      isToken
        ? authorization('', '', token.read(content) ?? '').Authorization
        : content && basic(username, content);
    authorizeFrom(file, headerOf, headers, (problem) =>
      refuse(`${SETTINGS[setting].variable}: ${problem}`),
    );
  }
  return { ...location, headers };
}

/** Reads single settings, and notes their sources. Calls `refuse` for a bad environment value, throws for a bad option. */
function reader(
  options: TransportOptions,
  env: NodeJS.ProcessEnv,
  sources: Partial<Record<SettingName, string>>,
  refuse: (name: SettingName, problem: string) => void,
): Read {
  return (name) => {
    const { variable, kind, value: fallback, also }: Setting<unknown, unknown> = SETTINGS[name];
    const option = kind === environmentSwitch ? undefined : options[name as keyof TransportOptions];
    const given = withoutLineEnd(option);
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

function unexpected(name: SettingName, source: string, raw: unknown): string {
  const { kind, isSecret }: Setting<unknown, unknown> = SETTINGS[name];
  const came = isSecret ? '' : `; got ${show(raw)}`;
  return `${source}: must be ${kind.expected}${kind.explain?.(raw) ?? ''}${came}`;
}
