/** The integration itself: which hooks a Lambda runtime needs, and what they drive. */
import {
  type Integration,
  type IntegrationHost,
  isSwitchedOn,
  type RecordContext,
  type Transport,
  undoAll,
} from '@direct-logging/core';
import { concurrentInvocations } from './concurrent-invocations.ts';
import { inheritedIds, isManaged } from './environment.ts';
import { withExtension } from './internal-extension.ts';
import { hookNativeClient } from './native-client.ts';
import { oneInvocation } from './one-invocation.ts';
import { propagateFromAll, shareContext } from './propagation.ts';

/**
 * Connects the runtime interface client of AWS Lambda. Records carry the ids of their invocation. What an invocation wrote is
 * flushed between its answer and the request for the next one. In child processes and worker threads that an invocation
 * started, records only carry its ids. Without `AWS_LAMBDA_RUNTIME_API` in the environment, it does nothing.
 */
export function lambdaIntegration(): Integration {
  return { name: 'lambda', install: connectRuntime };
}

/** Installs what the environment asks for. Returns a function that undoes it. */
export function connectRuntime(host: IntegrationHost): () => void {
  const { env, transport } = host;
  if (!env.AWS_LAMBDA_RUNTIME_API) return () => {};
  const inherited = inheritedIds(env);
  if (inherited !== undefined) return provide(transport, () => inherited);
  const managed = isManaged(env);
  // The runtime client of a managed instance runs in worker threads, any other in the main thread.
  if (!host.isMainThread && !managed) return () => {};
  const followed = managed ? concurrentInvocations(transport, env) : oneInvocation(host);
  const isExtension = !managed && isSwitchedOn('lambdaExtension', env);
  const invocations = isExtension
    ? withExtension(env.AWS_LAMBDA_RUNTIME_API, transport, followed)
    : followed;
  return undoAll([
    () => invocations.stop(),
    hookNativeClient(invocations),
    isSwitchedOn('lambdaPropagate', env) ? propagateFromAll() : () => {},
    provide(transport, invocations.context),
  ]);
}

function provide(transport: Transport, context: () => RecordContext | undefined): () => void {
  transport.setContextProvider(context);
  return undoAll([() => transport.setContextProvider(undefined), shareContext(context)]);
}
