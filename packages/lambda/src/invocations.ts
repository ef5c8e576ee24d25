/** What the hooks of the runtime client report, and what records need to know. */
import type { RecordContext } from '@direct-logging/core';

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
