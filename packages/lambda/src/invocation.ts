/** An invocation: what its records and the flush need of the answer of the Runtime API, and what follows it. Pure. */
import { parseJson, type RecordContext } from '@direct-logging/core';
import type { EnvironmentIds } from './environment.ts';
import { traceIdOf } from './trace-id.ts';

/** Follows the invocations of one thread. */
export interface Invocations {
  /**
   * The runtime is about to ask for the next invocation. If it works on one at a time, the previous one is answered.
   * The result is awaited before the request is sent. It never rejects.
   */
  beforeNext(): Promise<unknown> | undefined;
  /** An invocation has come: the headers of the Runtime API in lower case, and the event as JSON text. */
  begin(headers: RuntimeHeaders, event: unknown): void;
  /** The ids of the invocation that calls this. */
  context(): RecordContext | undefined;
  /** Forgets everything and keeps no timer. */
  stop(): void;
}

/** Headers of `GET /runtime/invocation/next`, as the client gives them. */
export type RuntimeHeaders = Readonly<Record<string, unknown>> | undefined;

export interface Invocation {
  /** Added to the records that it writes. */
  readonly context: RecordContext;
  /** When the platform ends it, in milliseconds since 1970. */
  readonly deadlineMs: number | undefined;
}

/** What is missing or malformed is undefined. */
export function readInvocation(
  headers: RuntimeHeaders,
  event: unknown,
  environment: EnvironmentIds,
): Invocation {
  const header = (name: string) => {
    const value = headers?.[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  // The Runtime API sends text, which the addon turns into a number.
  const deadlineMs = Number.parseInt(String(headers?.['lambda-runtime-deadline-ms']), 10);
  const text = typeof event === 'string' ? event : undefined;
  return {
    context: {
      aws_request_id: header('lambda-runtime-aws-request-id'),
      trace_id: traceIdOf({
        clientContext: header('lambda-runtime-client-context'),
        event: text,
        xrayHeader: header('lambda-runtime-trace-id'),
      }),
      tenant_id: header('lambda-runtime-aws-tenant-id'),
      ...durableIdsOf(text),
      ...environment,
    },
    deadlineMs: Number.isFinite(deadlineMs) ? deadlineMs : undefined,
  };
}

const ARN = /^[^"\\]{1,1024}$/;
/** The first operation is the execution itself. If others follow it, the handler runs again from its beginning. */
const FURTHER_OPERATION = /"Type"\s*:\s*"(?!EXECUTION")[A-Z_]+"/;

/** What the event of a durable function tells: the execution, and whether the handler runs again. Empty for any other function. */
function durableIdsOf(
  event: string | undefined,
): Pick<RecordContext, 'durable_execution_arn' | 'durable_resumed'> {
  // Other events are not parsed. Their queries and headers may have such names, too, but not at the top.
  if (!event?.includes('"DurableExecutionArn"')) return {};
  const top = parseJson(event) as Record<string, unknown> | undefined;
  // The SDK recognizes a durable function by these two.
  const { DurableExecutionArn: arn, CheckpointToken: token } = { ...top };
  if (typeof arn !== 'string' || !ARN.test(arn) || typeof token !== 'string') return {};
  // What the caller passed is text with escaped quotes.
  return { durable_execution_arn: arn, durable_resumed: FURTHER_OPERATION.test(event) };
}
