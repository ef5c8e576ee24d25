/** A thread of a managed instance: several invocations at a time, and no freeze between them. */
import type { RecordContext, Transport } from '@direct-logging/core';
import { idsOfStart } from './environment.ts';
import { readInvocation } from './invocation.ts';
import type { Invocations } from './invocations.ts';

/** The end of a streamed answer cannot be seen here, so the oldest invocation is forgotten when there are more. */
const MAX_REMEMBERED = 1000;

/** The part of the runtime client's async context that tells which invocation is running. */
interface InvokeStore {
  hasContext(): boolean;
  /** `-` when the context has none. */
  getRequestId(): string;
  getXRayTraceId(): string | undefined;
}

/** Finds the invocation through the runtime client's own store. Never makes an invocation wait. */
export function concurrentInvocations(transport: Transport, env: NodeJS.ProcessEnv): Invocations {
  const environment = idsOfStart(env);
  const contexts = new Map<string, RecordContext>();
  return {
    beforeNext() {
      void transport.flush();
      return undefined;
    },
    begin(headers, event) {
      const { context } = readInvocation(headers, event, environment);
      if (context.aws_request_id === undefined) return;
      contexts.set(context.aws_request_id, context);
      const [oldest] = contexts.keys();
      if (contexts.size > MAX_REMEMBERED && oldest !== undefined) contexts.delete(oldest);
    },
    context() {
      const store = invokeStore();
      if (store === undefined || !store.hasContext()) return environment;
      const id = store.getRequestId();
      if (id === '-') return environment;
      return (
        contexts.get(id) ?? {
          aws_request_id: id,
          trace_id: store.getXRayTraceId(),
          ...environment,
        }
      );
    },
    stop: () => contexts.clear(),
  };
}

/** The runtime client makes it when it starts, after we are installed. */
function invokeStore(): InvokeStore | undefined {
  return (globalThis as { awslambda?: { InvokeStore?: InvokeStore } }).awslambda?.InvokeStore;
}
