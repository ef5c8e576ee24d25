/** Installs integrations in the thread that loads it, once, and without any risk for the program. */
import {
  attempt,
  debug,
  enableDebug,
  environmentFor,
  type Integration,
  type IntegrationHost,
  isExiting,
  isSwitchedOn,
  listenFirst,
  ownOptions,
  sharedPrintTracker,
  sharedTransport,
  type Transport,
  warn,
} from '@direct-logging/core';
import { ChildOutput } from './child-output/child-output.ts';
import { namePreloadAbsolutely, type Preload } from './name-preload.ts';
import { roleOf, THREAD_VARIABLE } from './plan.ts';
import { linesOfThreads, whyNothing } from './thread-options.ts';
import { watchWaits } from './watch-waits.ts';
import { preloadThreads, readThreadData, tellThreads, threads } from './worker-threads.ts';

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
  /** Removes the hooks, the last one first. Loggers that are loaded keep theirs, which only pass calls on. The transport stays open. */
  unregister(): void;
}

/** All copies of this package share it, so that a preload that is named twice is installed once per thread. */
const REGISTRATION = Symbol.for('@direct-logging/register');
const registry = globalThis as { [REGISTRATION]?: Registration | undefined };
/** The variables that decide what is shipped, where, and under which name, with all that begin with `VICTORIALOGS_`. */
const SETTINGS: ReadonlySet<string> = new Set([
  ...['LOG_LEVEL', 'AWS_LAMBDA_FUNCTION_NAME', 'POD_NAME', 'OTEL_SERVICE_NAME', 'K_SERVICE'],
  ...['KUBERNETES_SERVICE_HOST', 'npm_package_name'],
]);

/**
 * Installs the integrations in this thread, in the given order. Installs nothing if `VICTORIALOGS_URL` is not set, if the
 * transport is inactive, or if the role of this thread is `none`. A second call returns what the first one installed.
 * Never throws: an integration that fails is named in one warning, and the others go on.
 */
export function register(
  integrations: readonly Integration[],
  given: RegisterOptions = {},
): Registration | undefined {
  const options = ownOptions(given);
  const env = options.env ?? process.env;
  if (isSwitchedOn('debug', env)) enableDebug();
  const isInThread = env[THREAD_VARIABLE] !== undefined && !threads().isMainThread;
  delete env[THREAD_VARIABLE];
  if (env.VICTORIALOGS_URL === undefined && !isInThread) {
    debug('VICTORIALOGS_URL is not set: nothing is shipped');
    return undefined;
  }
  try {
    const value = registry[REGISTRATION] ?? installAll(integrations, env, options);
    // Not enumerable: a program that prints or copies its globals must not find it.
    Object.defineProperty(registry, REGISTRATION, { value, configurable: true });
    return value;
  } catch (error) {
    warn('DL_INTEGRATION_FAILED', `nothing is shipped: ${attempt(() => `${error}`)}`);
    return undefined;
  }
}

function installAll(
  integrations: readonly Integration[],
  env: NodeJS.ProcessEnv,
  { preload, transport: given }: RegisterOptions,
): Registration | undefined {
  if (preload) namePreloadAbsolutely(env, preload);
  const above = readThreadData();
  const { isMainThread } = threads();
  if (above?.lines) linesOfThreads(above.lines);
  const role = roleOf({ env, isMainThread, parentThreadShips: above?.ships });
  if (role === 'none') {
    debug(whyNothing(isMainThread));
    return undefined;
  }
  const { VICTORIALOGS_URL: url } = env;
  const isOther = above && url !== undefined && url !== above.env.VICTORIALOGS_URL;
  const settings = {
    ...(isOther ? environmentFor({ url }, above.env) : above?.env),
    ...settingsIn(env),
  };
  const transport = given ?? sharedTransport({}, { ...env, ...settings });
  const output = transport.active
    ? new ChildOutput(transport, env, role === 'full' ? undefined : above?.output)
    : undefined;
  // A warning has said why an inactive transport is inactive. The threads of this process must not repeat it.
  tellThreads({ ships: transport.active, env: settings, output: output?.threads });
  if (!output) return undefined;
  const undos = [
    // A program that goes on may start children.
    listenFirst(['exit'], () => isExiting() && output.removeFolder()),
    preload && preloadThreads(preload, () => output.expect()),
    watchWaits(),
    ...install(integrations, {
      transport,
      env,
      isMainThread,
      role,
      printing: sharedPrintTracker(),
    }),
  ];
  const unregister = () => {
    delete registry[REGISTRATION];
    tellThreads(undefined);
    for (const undo of undos.splice(0).reverse()) attempt(() => undo?.());
    output.close(env);
  };
  return { transport, role, unregister };
}

function settingsIn(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = Object.keys(env);
  const used = names.filter((name) => name.startsWith('VICTORIALOGS_') || SETTINGS.has(name));
  return Object.fromEntries(used.map((name) => [name, env[name]]));
}

/** Returns functions that remove the hooks. */
function install(integrations: readonly Integration[], host: IntegrationHost): (() => void)[] {
  const undos: (() => void)[] = [];
  for (const integration of integrations) {
    attempt(
      () => undos.push(integration.install(host)),
      (error) => warn('DL_INTEGRATION_FAILED', `${integration.name}: ${attempt(() => `${error}`)}`),
    );
  }
  debug(`installed: ${integrations.map(({ name }) => name).join(', ')}`);
  return undos;
}
