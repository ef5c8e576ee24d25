/** The preload mechanism: decides by environment and thread, installs the integrations it is given, survives anything. */

export type { Preload } from './preload-specifier.ts';
export { type RegisterOptions, type Registration, register } from './register.ts';
