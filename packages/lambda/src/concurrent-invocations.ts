/** A thread of a managed instance: several invocations at a time, and no freeze between them. */
import type { AsyncLocalStorage } from 'node:async_hooks';
import { type RecordContext, type Transport, watchCalls } from '@direct-logging/core';
import { idsOfStart } from './environment.ts';
import { type Invocations, readInvocation } from './invocation.ts';

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

/**
 * Keys of the client's context. The class that holds it is global only without AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA:
 * https://github.com/awslabs/aws-lambda-invoke-store
 */
const REQUEST_ID = '_AWS_LAMBDA_REQUEST_ID';
const XRAY_TRACE_ID = '_AWS_LAMBDA_X_RAY_TRACE_ID';

/**
 * Finds the context in which the client runs each invocation: looks at what `AsyncLocalStorage.run` is given, until that is one. Tells
 * the ids of the invocation that is running, as the client knows it.
 */
export function followClientContext(): {
  running(): { aws_request_id: string; trace_id: string | undefined } | undefined;
  stop(): void;
} {
  let storage: AsyncLocalStorage<unknown> | undefined;
  const { prototype } = process.getBuiltinModule('node:async_hooks').AsyncLocalStorage;
  const undo = watchCalls(prototype, 'run', (its: AsyncLocalStorage<unknown>, [context]) => {
    if (storage !== undefined || textOf(context, REQUEST_ID) === undefined) return;
    storage = its;
    undo();
  });
  return {
    running() {
      const context = storage?.getStore();
      const id = textOf(context, REQUEST_ID);
      return id === undefined
        ? undefined
        : { aws_request_id: id, trace_id: textOf(context, XRAY_TRACE_ID) };
    },
    stop: undo,
  };
}

function textOf(context: unknown, name: string): string | undefined {
  if (typeof context !== 'object' || context === null) return undefined;
  // Some versions of the client make the symbols with `Symbol`, some with `Symbol.for`.
  const key = Object.getOwnPropertySymbols(context).find(({ description }) => description === name);
  const value: unknown = key === undefined ? undefined : Reflect.get(context, key);
  return typeof value === 'string' ? value : undefined;
}
