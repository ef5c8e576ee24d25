/** The hook as an integration: which threads capture what. */
import type { Integration, IntegrationHost } from '@direct-logging/core';
import { hookStdout } from './hook.ts';

/**
 * Captures what this thread prints.
 *
 * A worker thread's console and standard streams are piped to its parent and captured there, so a worker captures only
 * its direct descriptor writes. With several invocations in one process (Lambda Managed Instances) it is the other way
 * round: the workers run the functions and know the request, and the main thread only passes their output on.
 */
export function stdoutHook(): Integration {
  return { name: 'stdout-hook', install };
}

function install({ transport, env, isMainThread }: IntegrationHost): () => void {
  const functionsInWorkers = env.AWS_LAMBDA_MAX_CONCURRENCY !== undefined;
  if (functionsInWorkers && isMainThread) return () => {};
  return hookStdout(transport, { env, descriptorsOnly: !isMainThread && !functionsInWorkers });
}
