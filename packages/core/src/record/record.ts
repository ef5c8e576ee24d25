/** The record: what a program hands to the transport, and the levels. Imports nothing. */

/** Names of the levels, lowest first. */
export const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const;

/** An index into LEVELS. */
export const INFO: number = LEVELS.indexOf('INFO');
/** An index into LEVELS. */
export const ERROR: number = LEVELS.indexOf('ERROR');

/** Above all of them: the record that reports what was dropped. */
export const REPORT: number = LEVELS.length;

/** A level by name. */
export type Level = (typeof LEVELS)[number];

/** Where a line was printed. */
export type Stream = 'stdout' | 'stderr';

/** How the logger that made a JSON line names its parts. These names win over the usual ones. */
export interface LoggerKeys {
  /** The field that holds the message. */
  readonly message?: string | undefined;
  /** The object that describes an error, with dots if it is nested. Its members become `error.*`. */
  readonly error?: string | undefined;
}

/** One message as a program or an integration hands it to `Transport.write`. */
export interface LogInput {
  /**
   * The whole message without its final newline. If it is a JSON object, the object's fields become fields of the record, with
   * their exact values, and its own message, level and time are used.
   */
  readonly text: string;
  /**
   * The level of the logger or the console method. A level in a JSON line wins over it, unless `keys` is given. Without
   * either, the level is read from the start of the text (`ERROR: …`), else it is INFO.
   */
  readonly level?: Level | undefined;
  /** For a JSON line of a known logger. Default: message, level and error are found by the usual names. */
  readonly keys?: LoggerKeys | undefined;
  /** Where the message was printed. Default: `stdout`. */
  readonly stream?: Stream | undefined;
  /** What produced it: `console`, `stdout`, `stderr`, `pino`, `winston` or your own name. Default: the stream. */
  readonly logger?: string | undefined;
  /** The value that was logged as an error. Becomes `error.type`, `error.message`, `error.stack` and `error.code`. */
  readonly error?: unknown;
  /** More fields. Values are encoded as JSON. Cycles, BigInt and throwing getters do no harm. */
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
  /** When it happened, in milliseconds since 1970. Default: now. */
  readonly timeMs?: number | undefined;
}

/** Ids of what the program is working on when it logs. A JSON line's own ids win over them. */
export interface RecordContext {
  /** The id of the Lambda invocation. */
  readonly aws_request_id?: string | undefined;
  /** The id of the trace that the work belongs to. */
  readonly trace_id?: string | undefined;
  /** The id of the active span in this trace. */
  readonly span_id?: string | undefined;
  /** The id of the tenant that a Lambda function works for, if its tenants are isolated. */
  readonly tenant_id?: string | undefined;
  /** Whether the work belongs to the start of a Lambda environment. */
  readonly cold_start?: boolean | undefined;
  /** The version of the Lambda function. */
  readonly function_version?: string | undefined;
  /** The ARN of the execution of a durable Lambda function. */
  readonly durable_execution_arn?: string | undefined;
  /** Whether this invocation resumes an execution: it begins by repeating what earlier ones did. */
  readonly durable_resumed?: boolean | undefined;
}
