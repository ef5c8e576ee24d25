/** Installs integrations in the thread that loads it, once, and without any risk for the program. */
import {
  allowOneListenerMore,
  asksForDetails,
  debug,
  type Integration,
  type IntegrationHost,
  sharedLedger,
  sharedTransport,
  type Transport,
  tellDetails,
  warn,
} from '@direct-logging/core';
import { leaveFamily, readCircumstances, tellThreads } from './family.ts';
import { namePreloadAbsolutely } from './name-preload.ts';
import { roleOf } from './plan.ts';
import type { Preload } from './preload-specifier.ts';
import { createPrintedOnce } from './printed-once.ts';

/** What `register` can be told. */
export interface RegisterOptions {
  /** Decides whether to ship, and tells child processes what they need to know. Default: `process.env`. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Where records go. Default: the transport that all parts of the process share. */
  readonly transport?: Transport | undefined;
  /**
   * The module that calls `register` when it is preloaded. If given, `NODE_OPTIONS` and `process.execArgv` are rewritten
   * to name it absolutely, so that children that start in another directory find it. Default: they are left as they are.
   */
  readonly preload?: Preload | undefined;
}

/** What is installed in this thread. */
export interface Registration {
  /** Where records go. */
  readonly transport: Transport;
  /** `full`, or `descriptors` in a worker thread whose console and streams its parent ships. */
  readonly role: 'full' | 'descriptors';
  /** Removes the hooks, the last one first. The transport stays open. */
  unregister(): void;
}

/** All copies of this package share it, so that a preload that is named twice is installed once per thread. */
const REGISTRATION = Symbol.for('@direct-logging/register');
const registry = globalThis as { [REGISTRATION]?: Registration | undefined };

/**
 * Installs the integrations in this thread, in the given order. Installs nothing if `VICTORIALOGS_URL` is not set, if the
 * transport is inactive, or if the role of this thread is `none`. A second call returns what the first one installed.
 * Never throws: an integration that fails is named in one warning, and the others go on.
 */
export function register(
  integrations: readonly Integration[],
  options: RegisterOptions = {},
): Registration | undefined {
  const env = options.env ?? process.env;
  if (asksForDetails(env)) tellDetails();
  if (env.VICTORIALOGS_URL === undefined) {
    debug('VICTORIALOGS_URL is not set: nothing is shipped');
    return undefined;
  }
  try {
    registry[REGISTRATION] ??= carryOut(integrations, env, options);
    return registry[REGISTRATION];
  } catch (error) {
    warn('DL_INTEGRATION_FAILED', `nothing is shipped: ${describe(error)}`);
    return undefined;
  }
}

function carryOut(
  integrations: readonly Integration[],
  env: NodeJS.ProcessEnv,
  options: RegisterOptions,
): Registration | undefined {
  if (options.preload !== undefined) namePreloadAbsolutely(env, options.preload);
  const circumstances = readCircumstances(env);
  const role = roleOf(circumstances);
  if (role === 'none') {
    // A worker has this role below a thread that ships nothing, the main thread above workers that ship.
    const why = circumstances.isMainThread
      ? 'each worker thread of this process ships what it writes'
      : 'the thread that started this one ships nothing';
    debug(`nothing is shipped from this thread: ${why}`);
    return undefined;
  }
  const transport = options.transport ?? sharedTransport();
  // A warning has said why an inactive transport is inactive. The threads of this process must not repeat it.
  if (role === 'full') tellThreads(transport.active);
  if (!transport.active) return undefined;
  const printedOnce = createPrintedOnce(transport, env, role === 'full');
  const undo = install(integrations, {
    transport: printedOnce.transport,
    env,
    isMainThread: circumstances.isMainThread,
    role,
    printing: sharedLedger(),
    preloadFlags: options.preload && ['--import', options.preload.importUrl],
  });
  const stopListening = atExit(printedOnce.removeFile);
  const unregister = () => {
    delete registry[REGISTRATION];
    leaveFamily(env);
    undo();
    stopListening();
    printedOnce.close();
  };
  return { transport, role, unregister };
}

function atExit(step: () => void): () => void {
  const disallow = allowOneListenerMore();
  process.once('exit', step);
  return () => {
    process.off('exit', step);
    disallow();
  };
}

/** Returns a function that removes the hooks. */
function install(integrations: readonly Integration[], host: IntegrationHost): () => void {
  const undos: (() => void)[] = [];
  for (const integration of integrations) {
    attempt(integration.name, () => undos.unshift(integration.install(host)));
  }
  debug(`installed: ${integrations.map(({ name }) => name).join(', ')}`);
  return () => {
    for (const undo of undos.splice(0)) attempt('unregister', undo);
  };
}

function attempt(name: string, step: () => void): void {
  try {
    step();
  } catch (error) {
    warn('DL_INTEGRATION_FAILED', `${name}: ${describe(error)}`);
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : 'something that is not an Error was thrown';
}
