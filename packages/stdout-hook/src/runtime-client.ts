/** What AWS Lambda's runtime interface client prints, and how to get the application's message back from it. */
import type { Level } from '@direct-logging/core';

/** What the environment tells about the runtime client. */
export interface RuntimeClient {
  /** It will replace the methods of the console and print lines in its own format. */
  readonly expected: boolean;
  /** The descriptor on which it writes framed messages, if it does not print on stdout. */
  readonly telemetryDescriptor: number | undefined;
  /** It logs to a descriptor that cannot be known in advance. */
  readonly anyDescriptor: boolean;
}

/** A line of its text format: `time<TAB>request id<TAB>LEVEL<TAB>message`, newlines in the message turned into `\r`. */
export interface RuntimeLine {
  readonly level: Level;
  readonly message: string;
}

/** Reads the variables that the client itself reads (and deletes) later. */
export function runtimeClientFrom(env: NodeJS.ProcessEnv): RuntimeClient {
  const telemetry = Number(env._LAMBDA_TELEMETRY_LOG_FD);
  return {
    expected: env.AWS_LAMBDA_RUNTIME_API !== undefined,
    telemetryDescriptor: Number.isInteger(telemetry) && telemetry > 2 ? telemetry : undefined,
    anyDescriptor: env.AWS_LAMBDA_MAX_CONCURRENCY !== undefined,
  };
}

const TEXT_LINE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\t[^\t\r\n]*\t([A-Z]{4,5})\t/;
const RUNTIME_LEVELS = new Set<string>(['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL']);

/** Undefined when the text is not a line of that format. */
export function parseRuntimeLine(text: string): RuntimeLine | undefined {
  const match = TEXT_LINE.exec(text);
  const level = match?.[1];
  if (match === null || level === undefined || !RUNTIME_LEVELS.has(level)) return undefined;
  return { level: level as Level, message: text.slice(match[0].length) };
}

/**
 * The message as the application gave it. A `\r` can be the application's own. The arguments tell, as long as they match
 * what was printed. If the text was redacted, they do not, and the printed text counts.
 */
export function originalMessage(printed: string, args: readonly unknown[] | undefined): string {
  // Where newlines are kept (on the telemetry descriptor), a return is a return.
  if (!printed.includes('\r') || printed.includes('\n')) return printed;
  const formatted =
    args === undefined ? undefined : process.getBuiltinModule('node:util').format(...args);
  if (formatted === printed) return printed;
  return formatted?.replaceAll('\n', '\r') === printed ? formatted : printed.replaceAll('\r', '\n');
}

const JSON_LINE =
  /^\{"timestamp":"[^"]*","level":"[A-Z]{4,5}",(?:"requestId":"[^"]*",)?(?:"tenantId":"[^"]*",)?"message":"\{/;

/** A JSON object that the application logged as text. The client's JSON format holds it as a string. */
interface LoggedJson {
  readonly text: string;
  /** What only the client knows. We know the time, the level and the request id ourselves. */
  readonly fields: { readonly tenantId: string } | undefined;
}

/** The object in this line of the client's JSON format. Undefined for any other line. */
export function parseLoggedJson(line: string): LoggedJson | undefined {
  if (!JSON_LINE.test(line)) return undefined;
  try {
    const { message, tenantId } = JSON.parse(line) as { message: string; tenantId?: string };
    JSON.parse(message);
    return { text: message, fields: tenantId === undefined ? undefined : { tenantId } };
  } catch {
    return undefined;
  }
}

/** True for the 16 bytes that the client writes to the telemetry descriptor before each message. */
export function isTelemetryHeader(bytes: Uint8Array): boolean {
  return bytes.length === 16 && bytes[0] === 0xa5 && bytes[1] === 0x5a;
}
