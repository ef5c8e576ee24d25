/**
 * AWS Lambda's runtime interface client: it replaces the methods of the console and prints in formats of its own.
 * https://github.com/aws/aws-lambda-nodejs-runtime-interface-client/blob/main/src/logging/log-patch.ts @lazy lambda
 */
import { type Level, parseJson } from '@direct-logging/core';
import type { WriterPlugin } from '../capture.ts';
import type { ConsoleCall, ReadLine } from '../line-writer.ts';
import { followAssignments } from './lambda-console.ts';

/** For a process with `AWS_LAMBDA_RUNTIME_API`. Reads the variables that the client itself reads (and deletes) later. */
export function lambdaClient(env: NodeJS.ProcessEnv): WriterPlugin {
  const telemetry = Number(env._LAMBDA_TELEMETRY_LOG_FD);
  // On a managed instance, it logs to a descriptor that cannot be known in advance.
  const isManaged = env.AWS_LAMBDA_MAX_CONCURRENCY !== undefined;
  return {
    install: followAssignments,
    writesTo: (descriptor, call) =>
      (telemetry > 2 && descriptor === telemetry) || (isManaged && call !== undefined),
    isProtocol: isTelemetryHeader,
    read: (text, call) => readTextLine(text, call) ?? (call && readLoggedJson(text)),
  };
}

/** `time<TAB>request id<TAB>LEVEL<TAB>message`, newlines in the message turned into `\r`: `logging/formatter.ts` there. */
const TEXT_LINE =
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\t[^\t\r\n]*\t(TRACE|DEBUG|INFO|WARN|ERROR|FATAL)\t/;

function readTextLine(text: string, call: ConsoleCall | undefined): ReadLine | undefined {
  const match = TEXT_LINE.exec(text);
  if (match === null) return undefined;
  const message = originalMessage(text.slice(match[0].length), call?.args);
  // The client also prints INFO for `console.log`, so INFO says nothing about the level.
  return { text: message, level: match[1] === 'INFO' ? undefined : (match[1] as Level) };
}

/**
 * The message as the application gave it. A `\r` can be the application's own. The arguments tell, as long as they match
 * what was printed. If the text was redacted, they do not, and the printed text counts.
 */
function originalMessage(printed: string, args: readonly unknown[] | undefined): string {
  // Where newlines are kept (on the telemetry descriptor), a return is a return.
  if (!printed.includes('\r') || printed.includes('\n')) return printed;
  const formatted = args && process.getBuiltinModule('node:util').format(...args);
  if (formatted === printed) return printed;
  return formatted?.replaceAll('\n', '\r') === printed ? formatted : printed.replaceAll('\r', '\n');
}

const JSON_LINE =
  /^\{"timestamp":"[^"]*","level":"[A-Z]{4,5}",(?:"requestId":"[^"]*",)?(?:"tenantId":"[^"]*",)?"message":"\{/;

/** A JSON object that the application logged as text. The client's JSON format holds it as a string. */
function readLoggedJson(line: string): ReadLine | undefined {
  const read = JSON_LINE.test(line) ? parseJson(line) : undefined;
  const { message, tenantId } = (read ?? {}) as { message?: string; tenantId?: string };
  if (message === undefined || parseJson(message) === undefined) return undefined;
  // We know the time, the level and the request id ourselves.
  return { text: message, fields: tenantId === undefined ? undefined : { tenantId } };
}

/** The 16 bytes that the client writes to the telemetry descriptor before each message. */
function isTelemetryHeader(bytes: Buffer): boolean {
  return bytes.length === 16 && bytes[0] === 0xa5 && bytes[1] === 0x5a;
}
