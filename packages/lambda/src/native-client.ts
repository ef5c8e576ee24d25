/** Hooks the native addon through which the runtime client talks to the Runtime API. */
import { attempt, debug, replaceMethod, warn, watchCalls } from '@direct-logging/core';
import type { Invocations, RuntimeHeaders } from './invocation.ts';

/** The file name of the addon in every version of the runtime client: https://github.com/aws/aws-lambda-nodejs-runtime-interface-client/blob/main/src/native/rapid-client.cc */
const ADDON = /(?:^|[\\/])rapid-client\.node$/;

/**
 * Wraps `next` of the addon when the addon is loaded. The runtime calls `next` exactly when the previous invocation is over
 * and answered, however the handler is written. `next` is asynchronous, the answer is not: so this is the only place where
 * we can wait without delaying an answer. The handler is never touched. Afterwards, `process.dlopen` is as before.
 */
export function hookNativeClient(invocations: Invocations): () => void {
  let undoNext = () => {};
  const undoLoad = watchCalls(process, 'dlopen', (_, [module, file]) => () => {
    if (typeof file !== 'string' || !ADDON.test(file)) return;
    undoLoad();
    const { exports = {} } = (module ?? {}) as { readonly exports?: object };
    undoNext = tryHookNext(exports, invocations);
  });
  return () => {
    undoLoad();
    undoNext();
  };
}

function tryHookNext(addon: object, invocations: Invocations): () => void {
  try {
    if (typeof Reflect.get(addon, 'next') !== 'function') return () => {};
    const undo = replaceMethod(addon, 'next', (next) => {
      return async function (this: unknown, ...args: unknown[]): Promise<unknown> {
        await attempt(() => invocations.beforeNext(), tell);
        const answer: { headers?: RuntimeHeaders; bodyJson?: unknown } | undefined =
          await Reflect.apply(next, this, args);
        attempt(() => invocations.begin(answer?.headers, answer?.bodyJson), tell);
        return answer;
      };
    });
    debug("Lambda's runtime client is hooked");
    return undo;
  } catch (error) {
    warn('DL_INTEGRATION_FAILED', `lambda: the runtime client cannot be hooked: ${error}`);
    return () => {};
  }
}

/** An error of ours must not become one of the function. */
function tell(error: unknown): void {
  warn('DL_INTEGRATION_FAILED', `lambda: an invocation cannot be followed: ${error}`);
}
