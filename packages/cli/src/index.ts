/** What `--require direct-logging` loads: the preload of `@direct-logging/auto`. */
export { registration } from '@direct-logging/auto';
