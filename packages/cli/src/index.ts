/** What `--require direct-logging` loads: the preload of `@direct-logging/auto`. */
import * as auto from '@direct-logging/auto';

/** What is installed in this thread. Not a re-export: in a minified file, Node does not find the name of one. */
export const registration: typeof auto.registration = auto.registration;
