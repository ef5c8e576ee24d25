/** What `--import direct-logging` loads: the preload of `@direct-logging/auto`, which waits a moment for the connection. */
export { registration } from '@direct-logging/auto';
