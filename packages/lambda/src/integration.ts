/** The integration itself: which hooks a Lambda runtime needs, and what they drive. */
import type { Integration, IntegrationHost } from '@direct-logging/core';
import { hookAlternativeClient } from './alternative-client.ts';
import { type Clock, systemClock } from './clock.ts';
import { concurrentInvocations } from './concurrent-invocations.ts';
import { neverThrowing } from './invocations.ts';
import { hookNativeClient } from './native-client.ts';
import { oneInvocation } from './one-invocation.ts';

/**
 * Connects the runtime interface client of AWS Lambda: records carry `aws_request_id` and `trace_id`, and what an
 * invocation wrote is flushed between its answer and the request for the next one. Without `AWS_LAMBDA_RUNTIME_API` in
 * the environment, and in a worker thread of the application, it does nothing.
 */
export function lambdaIntegration(): Integration {
  return { name: 'lambda', install: (host) => connectRuntime(host, systemClock) };
}

/** Installs what the environment asks for and returns what undoes it. */
export function connectRuntime(host: IntegrationHost, clock: Clock): () => void {
  const { env, transport } = host;
  const managed = env.AWS_LAMBDA_MAX_CONCURRENCY !== undefined;
  // The runtime client of a managed instance runs in worker threads, any other in the main thread.
  if (!env.AWS_LAMBDA_RUNTIME_API || !(host.isMainThread || managed)) return () => {};
  const invocations = neverThrowing(
    managed ? concurrentInvocations(transport) : oneInvocation(transport, clock),
  );
  const undoNative = hookNativeClient(invocations);
  const undoAlternative =
    env.AWS_LAMBDA_NODEJS_USE_ALTERNATIVE_CLIENT_1 === 'true'
      ? hookAlternativeClient(invocations)
      : () => {};
  transport.setContextProvider(invocations.context);
  return () => {
    transport.setContextProvider(undefined);
    undoAlternative();
    undoNative();
    invocations.stop();
  };
}
