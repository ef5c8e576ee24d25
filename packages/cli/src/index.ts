/** What `--require direct-logging` loads: the preload of `@direct-logging/auto`. */
import * as auto from '@direct-logging/auto';

/** What is installed in this thread. Not exported from there: Node does not find the name of such an export in a minified file. */
export const registration: typeof auto.registration = auto.registration;
