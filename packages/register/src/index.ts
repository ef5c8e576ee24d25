/** The preload mechanism: decides by environment and thread, installs the given integrations, and survives any error. */

export type { Preload } from './name-preload.ts';
export { type RegisterOptions, type Registration, register } from './register.ts';
