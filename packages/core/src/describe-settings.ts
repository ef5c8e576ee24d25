/** The settings in words: the source of `docs/settings.md`, and what the command shows. */
import {
  type CompletedOptions,
  completeOptions,
  type SettingFacts,
  type Settings,
  settingFacts,
  type TransportOptions,
} from './options.ts';
import { packageName } from './process/package-name.ts';
import { LEVELS } from './record/record.ts';

/** One setting, for people. */
export interface SettingDescription {
  /** Its name in code. */
  readonly option: keyof TransportOptions;
  /** Its environment variable. */
  readonly variable: string;
  /** What it does, as a phrase in Markdown. */
  readonly meaning: string;
  /** Undefined when the value has no unit. */
  readonly unit: 'bytes' | 'milliseconds' | undefined;
  /** What a value must be. */
  readonly expected: string;
  /** The default, in words. */
  readonly default: string;
  /** True when its value must not be shown. */
  readonly isSecret: boolean;
}

/** Every setting, in the order of the documentation. */
export function describeSettings(): readonly SettingDescription[] {
  return [...settingFacts()].map(([option, facts]) => ({
    option,
    variable: facts.variable,
    meaning: MEANINGS[option],
    unit: unitOf(option),
    expected: facts.expected,
    default: DEFAULTS[option] ?? defaultOf(option, facts),
    isSecret: facts.isSecret,
  }));
}

/** The settings that an environment gives. */
export interface UnderstoodSettings
  extends Pick<Settings, 'containerName' | 'job' | 'spoolDir' | 'spoolMaxBytes' | 'retentionMs'> {
  /** The lowest level that is shipped, or OFF. */
  readonly level: string;
  /** The source of each value that is not a default. */
  readonly sources: CompletedOptions['sources'];
  /** The problems, one sentence each, without credentials. */
  readonly problems: readonly string[];
}

/**
 * The settings that this environment gives to a program in this working directory; undefined when its URL or its redaction rules
 * are bad. Gives no warnings.
 */
export function understoodSettings(
  env: NodeJS.ProcessEnv,
  hostname: () => string,
  packageOf: () => string | undefined = () => packageName(''),
): UnderstoodSettings | undefined {
  const { settings, problems, sources } = completeOptions({}, env, hostname, packageOf);
  if (settings === undefined) return undefined;
  const { containerName, job, spoolDir, spoolMaxBytes, retentionMs, levelThreshold } = settings;
  const level = LEVELS[levelThreshold] ?? 'OFF';
  return { containerName, job, spoolDir, spoolMaxBytes, retentionMs, level, problems, sources };
}

const MEANINGS: Readonly<Record<keyof TransportOptions, string>> = {
  url: 'base URL of VictoriaLogs, vmauth, vlagent or the vlinsert of a cluster. `/insert/jsonline` is appended unless it is there, a path prefix is kept, credentials become an Authorization header. A unix socket is named by its path, as in `unix:/run/victoria-logs.sock`, with a prefix after a colon: `unix:/run/victoria-logs.sock:/prefix`. A URL with a query is refused',
  level:
    'lowest level that is shipped; WARNING and CRITICAL are understood. What is printed stays the same',
  containerName: 'the field `container_name`; 1,024 bytes of it are used',
  job: 'the field `job`; 1,024 bytes of it are used',
  streamFields: 'names of the stream fields, separated by commas',
  extraFields: 'put on every record; 1,024 bytes of each value are used',
  accountId: 'tenant: the header `AccountID`',
  projectId: 'tenant: the header `ProjectID`',
  username: 'Basic authorization; wins over the user in the URL',
  password: 'Basic authorization; wins over the password in the URL',
  bearerToken: 'Bearer authorization; wins over Basic',
  maxQueueBytes: 'memory for undelivered records, in encoded bytes',
  flushTimeoutMs:
    'longest wait of a flush: at the end of an invocation, of `flush()`, and at the end of a logger',
  exitTimeoutMs: 'longest delay of the process exit',
  tlsWriteThrough:
    '`0`: over https leave TLS to Node alone, through undici. Then lines go in batches and do not survive `kill -9` ([security](security.md))',
  durable:
    '`1`: send the last 15 s again when contact to the server was lost, since a killed server loses what it acknowledged last. Doubles lines',
  spoolDir:
    'directory in which undelivered records survive the process. A relative path belongs to the working directory at the start',
  spoolMaxBytes: 'bytes of all files there together',
  retention:
    "how long the server keeps records, as its `-retentionPeriod` says. An older time of a record's own is not its `_time`, since the server would drop it",
  loggers:
    "what the attachment without code ships of pino and winston: `all` that their loggers print, write to files or send by winston's Http, or only what is `printed` on stdout or stderr. A silent logger ships nothing",
  stackInMessage:
    '`0`: leave the frames of an error out of `_msg`, where `error.stack` has them ([what that looks like](decisions/stack-in-message.md))',
  redact:
    'redacts what is shipped, never what is printed: values of fields with these names, and what matches these patterns ([redaction](security.md#redaction)). With a bad rule nothing is shipped',
  debug: '`1`: our own trouble in detail, to the real stderr',
};

/** Defaults that the value alone does not show. */
const DEFAULTS: Readonly<Partial<Record<keyof TransportOptions, string>>> = {
  url: '`http://victorialogs:9428` in code; the preload does nothing without it',
  level: 'INFO',
  retention: "7d, VictoriaLogs' own",
  containerName:
    '[what the platform calls it](record.md#where-it-comes-from): the function, the pod, the service, else the host',
  job: '`lambda` in a Lambda runtime, else [the name of the package](record.md#where-it-comes-from), else `node`',
};

function unitOf(option: string): SettingDescription['unit'] {
  if (option.endsWith('Bytes')) return 'bytes';
  return option.endsWith('Ms') ? 'milliseconds' : undefined;
}

function defaultOf(option: string, { fallback }: SettingFacts): string {
  if (Array.isArray(fallback)) return `\`${fallback.join()}\``;
  if (typeof fallback === 'string' && fallback !== '') return fallback;
  if (typeof fallback === 'boolean') return fallback ? 'on' : 'off';
  if (typeof fallback !== 'number') return 'none';
  return unitOf(option) === 'bytes' ? `${fallback} (${fallback / 2 ** 20} MiB)` : String(fallback);
}
