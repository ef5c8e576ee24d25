/** Makes V8's code cache of the preload, as `@direct-logging/auto/code-cache` does. */
import '@direct-logging/auto/code-cache';
