/** Whether the preload has anything to do. This is asked before anything is loaded, so the values are not checked. */

/** Without a URL nothing is shipped. `VICTORIALOGS_DEBUG` may still ask to be told so. */
export function isWanted({ VICTORIALOGS_URL, VICTORIALOGS_DEBUG }: NodeJS.ProcessEnv): boolean {
  return VICTORIALOGS_URL !== undefined || VICTORIALOGS_DEBUG !== undefined;
}
