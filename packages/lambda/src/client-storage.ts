/** Finds the async context in which the runtime client of a managed instance runs each invocation. */
import type { AsyncLocalStorage } from 'node:async_hooks';
import { attempt, replaceMethod } from '@direct-logging/core';

/**
 * Keys of the client's context. The class that holds it is global only without AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA:
 * https://github.com/awslabs/aws-lambda-invoke-store
 */
const REQUEST_ID = '_AWS_LAMBDA_REQUEST_ID';
const XRAY_TRACE_ID = '_AWS_LAMBDA_X_RAY_TRACE_ID';

/** The invocation that is running, as the client knows it. */
interface Running {
  readonly aws_request_id: string;
  readonly trace_id: string | undefined;
}

/** Looks at what `AsyncLocalStorage.run` is given, until that is the context of an invocation. */
export function followClientContext(): { running(): Running | undefined; stop(): void } {
  let storage: AsyncLocalStorage<unknown> | undefined;
  const { prototype } = process.getBuiltinModule('node:async_hooks').AsyncLocalStorage;
  const undo = replaceMethod(prototype, 'run', (run) => {
    return function (this: AsyncLocalStorage<unknown>, ...args: unknown[]): unknown {
      attempt(() => {
        if (storage !== undefined || textOf(args[0], REQUEST_ID) === undefined) return;
        storage = this;
        undo();
      });
      return Reflect.apply(run, this, args);
    };
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
