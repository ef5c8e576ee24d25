/** Whether the preload has anything to do. This is asked before anything is loaded, so the values are not checked. */

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
