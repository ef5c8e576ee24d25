/** What a bundler takes: the preload of `@direct-logging/auto`, which does not wait in a bundle. */
export { registration } from '@direct-logging/auto';
