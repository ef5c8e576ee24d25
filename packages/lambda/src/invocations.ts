/** What the hooks of the runtime client report, and what records need to know. */
import { attempt, type RecordContext, warn } from '@direct-logging/core';

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

/** The same, safe to call from inside the runtime: an error here must not become an error of the function. */
export function neverThrowing(invocations: Invocations): Invocations {
  return {
    beforeNext: () => attempt(() => invocations.beforeNext(), tell),
    begin: (headers, event) => attempt(() => invocations.begin(headers, event), tell),
    context: () => attempt(() => invocations.context(), tell),
    stop: () => invocations.stop(),
  };
}

function tell(error: unknown): void {
  warn('DL_INTEGRATION_FAILED', `lambda: an invocation cannot be followed: ${error}`);
}
