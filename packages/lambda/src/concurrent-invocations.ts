/** A thread of a managed instance: several invocations at a time, and no freeze between them. */
import type { RecordContext, Transport } from '@direct-logging/core';
import { followClientContext } from './client-storage.ts';
import { idsOfStart } from './environment.ts';
import { readInvocation } from './invocation.ts';
import type { Invocations } from './invocations.ts';

/** The end of a streamed answer cannot be seen here, so the oldest invocation is forgotten when there are more. */
const MAX_REMEMBERED = 1000;

/** Finds the invocation through the runtime client's own async context. Never makes an invocation wait. */
export function concurrentInvocations(transport: Transport, env: NodeJS.ProcessEnv): Invocations {
  const environment = idsOfStart(env);
  const contexts = new Map<string, RecordContext>();
  const client = followClientContext();
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
      const running = client.running();
      if (running === undefined) return environment;
      return contexts.get(running.aws_request_id) ?? { ...running, ...environment };
    },
    stop() {
      client.stop();
      contexts.clear();
    },
  };
}
