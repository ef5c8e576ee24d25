/**
 * Every setting, in the order of the documentation. A row is all that there is to write: the type of the options, their reading, the
 * checks of `doctor`, the line of `VICTORIALOGS_DEBUG` and `docs/settings.md` follow from it. Its docstring says what the setting
 * does, then its variable and its default. Pure.
 */
import { INFO } from '../record/record.ts';
import {
  environmentSwitch,
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
} from './kinds.ts';
import { DEFAULT_LOCATION, serverUrl } from './server-url.ts';

const MAX_TENANT = 2 ** 32 - 1;
/** The longest wait that can be asked for. */
export const MAX_WAIT_MS = 600_000;

/** One setting: a row of the table. */
export interface Setting<Value, Given> extends Special {
  /** Its environment variable. */
  readonly variable: string;
  /** What its values are, and how they are read. */
  readonly kind: Kind<Value, Given>;
  /** The default. */
  readonly value: Value;
}

/** Each row has all of these itself: otherwise it would have what a program has put on `Object.prototype`. */
interface Special {
  /** True when its value must not be shown: a URL or path can hold a password, a pattern the secret that it redacts. */
  readonly isSecret: boolean;
  /** With a bad value nothing is shipped: the default would ship to a wrong server or tenant, or unredacted. */
  readonly isEssential: boolean;
  /** Another variable, which is read when its own is not set. */
  readonly also: string | undefined;
}
const NOT_SPECIAL: Special = { isSecret: false, isEssential: false, also: undefined };

/** @param name Of its variable, after `VICTORIALOGS_`. */
function setting<Value, Given, Default extends Value | undefined>(
  name: string,
  kind: Kind<Value, Given>,
  value: Default,
  special: Partial<Special> = {},
): Setting<Value | Default, Given> {
  return { variable: `VICTORIALOGS_${name}`, kind, value, ...NOT_SPECIAL, ...special };
}

const SECRET = { isSecret: true };
const ESSENTIAL = { isEssential: true };

export const SETTINGS = {
  /**
   * Base URL of VictoriaLogs, vmauth, vlagent or the vlinsert of a cluster, http or https. `/insert/jsonline` is appended unless it
   * is there, a path prefix is kept, credentials become an Authorization header. A unix socket is named by its path, as in
   * `unix:/run/victoria-logs.sock`, with a prefix after a colon: `unix:/run/victoria-logs.sock:/prefix`. A URL with a query, or
   * with an `@` in its path, is refused. Environment: `VICTORIALOGS_URL`. Default: `http://victorialogs:9428` in code; the preload
   * does nothing without it.
   */
  url: setting('URL', serverUrl, DEFAULT_LOCATION, { ...SECRET, ...ESSENTIAL }),
  /**
   * Lowest level that is shipped, or `OFF`. In the environment the words of loggers are understood (`verbose`, `http`, `silly`,
   * `fine`, `silent` and so on). What is printed stays the same. Environment: `VICTORIALOGS_LOG_LEVEL`, else `LOG_LEVEL`.
   * Default: `INFO`.
   */
  level: setting('LOG_LEVEL', threshold, INFO, { also: 'LOG_LEVEL' }),
  /**
   * The field `container_name`; 1,024 bytes of it are used. Environment: `VICTORIALOGS_CONTAINER_NAME`. Default:
   * [what the platform calls it](https://github.com/direct-logging/direct-logging/blob/main/docs/record.md#where-it-comes-from): the
   * function, the pod, the service, else the host.
   */
  containerName: setting('CONTAINER_NAME', text, ''),
  /**
   * The field `job`; 1,024 bytes of it are used. Environment: `VICTORIALOGS_JOB`. Default: `lambda` in a Lambda runtime, else
   * [the name of the package](https://github.com/direct-logging/direct-logging/blob/main/docs/record.md#where-it-comes-from), else
   * `node`.
   */
  job: setting('JOB', text, ''),
  /**
   * Names of the stream fields, at most 50. Environment: `VICTORIALOGS_STREAM_FIELDS`, separated by commas. Default:
   * `container_name,job,stream`.
   */
  streamFields: setting('STREAM_FIELDS', fieldNames, ['container_name', 'job', 'stream']),
  /**
   * Fields for every record: at most 32 KiB; 1,024 bytes of each value are used. Environment: `VICTORIALOGS_EXTRA_FIELDS`, as
   * `key=value,…`. Default: none.
   */
  extraFields: setting('EXTRA_FIELDS', fieldPairs, {}),
  /**
   * How many different names fields can have in a day of UTC, 50 to 800, beside our own names. What comes with a further one goes into
   * [`shipper.overflow`](https://github.com/direct-logging/direct-logging/blob/main/docs/record.md#names-of-fields). Environment:
   * `VICTORIALOGS_MAX_FIELD_NAMES`. Default: 360.
   */
  maxFieldNames: setting('MAX_FIELD_NAMES', integer(50, 800), 360),
  /**
   * Tenant, 0 to 4,294,967,295: the header `AccountID`. With a bad number in the environment nothing is shipped. Environment:
   * `VICTORIALOGS_ACCOUNT_ID`. Default: none.
   */
  accountId: setting('ACCOUNT_ID', integer(0, MAX_TENANT), undefined, ESSENTIAL),
  /**
   * Tenant, 0 to 4,294,967,295: the header `ProjectID`. With a bad number in the environment nothing is shipped. Environment:
   * `VICTORIALOGS_PROJECT_ID`. Default: none.
   */
  projectId: setting('PROJECT_ID', integer(0, MAX_TENANT), undefined, ESSENTIAL),
  /** Basic authorization; wins over the user in the URL. Environment: `VICTORIALOGS_USERNAME`. Default: none. */
  username: setting('USERNAME', text, '', SECRET),
  /** Basic authorization; wins over the password in the URL. Environment: `VICTORIALOGS_PASSWORD`. Default: none. */
  password: setting('PASSWORD', text, '', SECRET),
  /**
   * File with the password,
   * [read again when it has changed](https://github.com/direct-logging/direct-logging/blob/main/docs/settings.md#credentials-from-files).
   * Environment: `VICTORIALOGS_PASSWORD_FILE`. Default: none.
   */
  passwordFile: setting('PASSWORD_FILE', path, '', SECRET),
  /**
   * Bearer authorization; wins over Basic. With a bad token in the environment nothing is shipped. Environment:
   * `VICTORIALOGS_BEARER_TOKEN`. Default: none.
   */
  bearerToken: setting('BEARER_TOKEN', token, '', { ...SECRET, ...ESSENTIAL }),
  /**
   * File with the token,
   * [read again when it has changed](https://github.com/direct-logging/direct-logging/blob/main/docs/settings.md#credentials-from-files).
   * Environment: `VICTORIALOGS_BEARER_TOKEN_FILE`. Default: none.
   */
  bearerTokenFile: setting('BEARER_TOKEN_FILE', path, '', SECRET),
  /**
   * Memory for undelivered records in encoded bytes, 65,536 or more. Environment: `VICTORIALOGS_MAX_QUEUE_BYTES`. Default:
   * 33,554,432 (32 MiB).
   */
  maxQueueBytes: setting('MAX_QUEUE_BYTES', integer(65_536), 33_554_432),
  /**
   * Longest wait of a flush, 0 to 600,000 milliseconds: at the end of an invocation, of `flush()`, and at the end of a logger.
   * Environment: `VICTORIALOGS_FLUSH_TIMEOUT_MS`. Default: 300.
   */
  flushTimeoutMs: setting('FLUSH_TIMEOUT_MS', integer(0, MAX_WAIT_MS), 300),
  /**
   * Longest delay of the process exit, 0 to 600,000 milliseconds. It also limits an attempt to connect, which has 250 ms at least; TCP
   * alone has a second at most. Environment: `VICTORIALOGS_EXIT_TIMEOUT_MS`. Default: 2,000.
   */
  exitTimeoutMs: setting('EXIT_TIMEOUT_MS', integer(0, MAX_WAIT_MS), 2_000),
  /**
   * Over https with TLS 1.3, encrypt each line in the call that logs it, so that it survives `kill -9`. Off leaves TLS to Node
   * alone, through undici: lines go in batches
   * ([security](https://github.com/direct-logging/direct-logging/blob/main/docs/security.md)). Environment:
   * `VICTORIALOGS_TLS_WRITE_THROUGH`. Default: on.
   */
  tlsWriteThrough: setting('TLS_WRITE_THROUGH', onOrOff, true),
  /**
   * Limit of connections to the server, 2 to 16. Two are kept, and more are made while all wait for answers. With 2, one is kept, and the
   * second one is made when it is needed. Those whose answer is overdue do not count. Environment:
   * `VICTORIALOGS_MAX_CONNECTIONS`. Default: 4.
   */
  maxConnections: setting('MAX_CONNECTIONS', integer(2, 16), 4),
  /**
   * How long a process that logs nothing keeps its second connection, 10,000 to 600,000 milliseconds. With less, a quiet
   * [fleet](https://github.com/direct-logging/direct-logging/blob/main/docs/fleet.md) has fewer connections, and two lines in a row
   * more often wait for one. Over https it is kept. Environment: `VICTORIALOGS_KEEP_CONNECTIONS_MS`. Default: 60,000.
   */
  keepConnectionsMs: setting('KEEP_CONNECTIONS_MS', integer(10_000, MAX_WAIT_MS), 60_000),
  /**
   * Send the last 15 s again when contact to the server was lost, since a killed server loses what it acknowledged last. Lines can
   * arrive twice. Environment: `VICTORIALOGS_DURABLE`. Default: off.
   */
  durable: setting('DURABLE', onOrOff, false),
  /**
   * Directory in which undelivered records survive the process. Processes can share it. A relative path belongs to the working
   * directory at the start. Environment: `VICTORIALOGS_SPOOL_DIR`. Default: none.
   */
  spoolDir: setting('SPOOL_DIR', path, ''),
  /**
   * Limit of all files in `spoolDir` together, in bytes: 1,048,576 or more. Environment: `VICTORIALOGS_SPOOL_MAX_BYTES`. Default:
   * 268,435,456 (256 MiB).
   */
  spoolMaxBytes: setting('SPOOL_MAX_BYTES', integer(1_048_576), 268_435_456),
  /**
   * How long the server keeps records, as its `-retentionPeriod` says: a number with `h`, `d`, `w`, `M` or `y`, or a number of months, one
   * day or more. An older time of a record's own is not its `_time`, since the server would drop it. Environment:
   * `VICTORIALOGS_RETENTION`. Default: `7d`, VictoriaLogs' own.
   */
  retention: setting('RETENTION', retention, undefined),
  /**
   * What the preload ships of pino and winston: `all` that their loggers print, write to files or send by winston's
   * Http, or only what is `printed` on stdout or stderr. A silent logger ships nothing. Environment: `VICTORIALOGS_LOGGERS`.
   * Default: `all`.
   */
  loggers: setting('LOGGERS', oneOf('all', 'printed'), 'all'),
  /**
   * Whether the message of an error keeps its stack, as it was printed. Off leaves out of `_msg` the frames that are in
   * `error.stack`
   * ([what that looks like](https://github.com/direct-logging/direct-logging/blob/main/docs/decisions/stack-in-message.md)).
   * Environment: `VICTORIALOGS_STACK_IN_MESSAGE`. Default: on.
   */
  stackInMessage: setting('STACK_IN_MESSAGE', onOrOff, true),
  /**
   * Redacts what is shipped, never what is printed: values of fields with these names, at any depth, and text that matches these
   * patterns. Both become `***`
   * ([redaction](https://github.com/direct-logging/direct-logging/blob/main/docs/security.md#redaction)). In a name, `*` stands for
   * any characters but dots. A pattern with groups redacts only what its first group matches. With a bad rule in the environment
   * nothing is shipped. Environment: `VICTORIALOGS_REDACT`, as `password,*_token,/card=(\d+)/`. Default: none.
   */
  redact: setting('REDACT', redaction, undefined, { ...SECRET, ...ESSENTIAL }),
  /** Prints details of our own work and failures to the real stderr. Environment: `VICTORIALOGS_DEBUG`. Default: off. */
  debug: setting('DEBUG', onOrOff, false),
  /**
   * A Lambda function passes its
   * [trace id](https://github.com/direct-logging/direct-logging/blob/main/docs/lambda.md#passing-the-trace-id-on) to the functions
   * that it invokes with the AWS SDK. Environment: `VICTORIALOGS_LAMBDA_PROPAGATE`. Default: off.
   */
  lambdaPropagate: setting('LAMBDA_PROPAGATE', environmentSwitch, false),
  /**
   * A Lambda function gets SIGTERM before
   * [the end of its environment](https://github.com/direct-logging/direct-logging/blob/main/docs/lambda.md#the-end-of-an-environment).
   * Environment: `VICTORIALOGS_LAMBDA_EXTENSION`. Default: off.
   */
  lambdaExtension: setting('LAMBDA_EXTENSION', environmentSwitch, false),
} satisfies Record<string, Setting<unknown, unknown>>;

type Table = typeof SETTINGS;
type GivenTo<Row> = Row extends Setting<infer _, infer Given> ? Given : never;

/** The name of a setting: that of its option in code. */
export type SettingName = keyof Table;

export type ValueOf<Name extends SettingName> =
  Table[Name] extends Setting<infer Value, infer _> ? Value : never;

type OptionsOfTable = {
  readonly [Name in SettingName as [GivenTo<Table[Name]>] extends [never] ? never : Name]?:
    | GivenTo<Table[Name]>
    | undefined;
};

/** What `createTransport` takes. Everything is optional: an option that is not given is read from its environment variable. */
export interface TransportOptions extends OptionsOfTable {}

/** The table for whoever goes through all of it. */
export function allSettings(): readonly (readonly [SettingName, Setting<unknown, unknown>])[] {
  return Object.entries(SETTINGS) as [SettingName, Setting<unknown, unknown>][];
}
