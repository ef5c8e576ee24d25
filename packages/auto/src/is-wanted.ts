/** Whether the preload has anything to do. This is asked before anything is loaded, so the values are not checked. */

interface WithDeno {
  readonly Deno: {
    readonly permissions: { querySync(of: { readonly name: 'env' }): { readonly state: string } };
  };
}

/**
 * The environment, empty on Deno if the program may not read all of it: a look at a variable would throw, or ask the user. Deno loads what
 * `--require` names in `NODE_OPTIONS`.
 */
export function readableEnvironment(): NodeJS.ProcessEnv {
  if (process.versions.deno === undefined) return process.env;
  const { permissions } = (globalThis as unknown as WithDeno).Deno;
  return permissions.querySync({ name: 'env' }).state === 'granted' ? process.env : {};
}

/**
 * Without a URL nothing is shipped. `VICTORIALOGS_DEBUG` may still ask to be told so. And a thread whose environment has no URL
 * gets it from the thread that started it, which has set `DIRECT_LOGGING_THREAD`.
 */
export function isWanted(env: NodeJS.ProcessEnv): boolean {
  const { VICTORIALOGS_URL, VICTORIALOGS_DEBUG, DIRECT_LOGGING_THREAD } = env;
  return [VICTORIALOGS_URL, VICTORIALOGS_DEBUG, DIRECT_LOGGING_THREAD].some(
    (value) => value !== undefined,
  );
}
