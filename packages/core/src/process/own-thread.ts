/** The mark of a thread that we start for ourselves: the preload must not get into it. */

/** An option of `Worker` with this name, which Node ignores. */
export const OWN_THREAD: symbol = Symbol.for('@direct-logging/own-thread');
