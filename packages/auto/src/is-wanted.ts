/** Whether the preload has anything to do. It is asked before anything is loaded, so it does not judge the values. */

/** Without a URL nothing is shipped, and only `VICTORIALOGS_DEBUG` may ask to be told so. */
export function isWanted({ VICTORIALOGS_URL, VICTORIALOGS_DEBUG }: NodeJS.ProcessEnv): boolean {
  return VICTORIALOGS_URL !== undefined || VICTORIALOGS_DEBUG !== undefined;
}
