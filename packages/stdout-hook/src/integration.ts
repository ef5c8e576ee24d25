/** The hook as an integration: which threads capture what. */
import type { Integration, IntegrationHost } from '@direct-logging/core';
import { hookStdout } from './hook.ts';

/**
 * Captures what this thread prints. If its console and streams arrive in the thread that started it, captures only its
 * direct descriptor writes.
 */
export function stdoutHook(): Integration {
  return { name: 'stdout-hook', install };
}

function install({ transport, env, role, printing }: IntegrationHost): () => void {
  return hookStdout(transport, { env, descriptorsOnly: role === 'descriptors', printing });
}
