/** pm2 in cluster mode, where a program prints nothing: it sends its parent what it would print, as messages. */

/** What pm2 runs in place of the program: https://github.com/Unitech/pm2/blob/master/lib/ProcessContainer.js */
export const PM2_CONTAINER: RegExp = /[\\/]pm2[\\/]lib[\\/]ProcessContainer\.js$/;
