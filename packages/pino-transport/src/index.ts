/** pino's lines into VictoriaLogs: a destination, a target for `pino.transport`, and attachment without code. */

export { type PinoDestination, pinoDestination } from './destination.ts';
export { pinoIntegration } from './integration.ts';
// pino looks for a target's function under this name.
export { type PinoTargetOptions, pinoTarget as default } from './target.ts';
