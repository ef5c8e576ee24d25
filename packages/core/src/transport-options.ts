/** The types of the settings: what code gives, and what becomes of it. */
import type { Level } from './record/record.ts';
import type { Redaction } from './record/redact.ts';
import type { Endpoint } from './senders/endpoint.ts';

/** What `createTransport` takes. Everything is optional: an option that is not given is read from its environment variable. */
export interface TransportOptions {
  /**
   * Base URL of VictoriaLogs, http or https; `/insert/jsonline` is appended, a path prefix is kept. Credentials in it
   * become an Authorization header. Or the unix socket that it listens on, `unix:/run/victoria-logs.sock`. A prefix follows
   * a colon: `unix:/run/victoria-logs.sock:/prefix`. Environment: `VICTORIALOGS_URL`. Default: `http://victorialogs:9428`.
   */
  readonly url?: string | undefined;
  /**
   * Lowest level that is shipped, or `OFF`. Environment: `VICTORIALOGS_LOG_LEVEL`, else `LOG_LEVEL`, which loggers read, too: the
   * words that they know are understood there. Default: `INFO`.
   */
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
  /**
   * File with the password. It is read again when it has changed. A line break at its end is removed. Environment:
   * `VICTORIALOGS_PASSWORD_FILE`. Default: none.
   */
  readonly passwordFile?: string | undefined;
  /** For Bearer authorization. Environment: `VICTORIALOGS_BEARER_TOKEN`. Default: none. */
  readonly bearerToken?: string | undefined;
  /** File with the token, as `passwordFile`. Environment: `VICTORIALOGS_BEARER_TOKEN_FILE`. Default: none. */
  readonly bearerTokenFile?: string | undefined;
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
  /** Headers of every insert request, Authorization and tenant included. What is read from a file is always current. */
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
