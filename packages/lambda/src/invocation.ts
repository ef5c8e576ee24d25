/** Reads what a record and the flush need from the answer of the Runtime API. Pure. */
import type { RecordContext } from '@direct-logging/core';
import { durableIdsOf } from './durable.ts';
import type { EnvironmentIds } from './environment.ts';
import type { RuntimeHeaders } from './invocations.ts';
import { traceIdOf } from './trace-id.ts';

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
