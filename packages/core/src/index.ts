/** The transport that delivers log records to VictoriaLogs. */
export { type DrainResult, drainSpool } from './drain-spool.ts';
export {
  type Integration,
  type IntegrationHost,
  type PrintedLine,
  type Printing,
  printedSoFar,
} from './integration.ts';
export { levelNamed } from './level.ts';
export { allowOneListenerMore } from './listener-limit.ts';
export type { TransportOptions } from './options.ts';
export {
  LEVELS,
  type Level,
  type LineShape,
  type LogInput,
  type RecordContext,
  type Stream,
} from './record.ts';
export { type AnyFunction, imitate, replaceMethod } from './replace-method.ts';
export { sharedTransport } from './shared.ts';
export {
  createTransport,
  type FlushOptions,
  type FlushResult,
  type Transport,
  type TransportStats,
} from './transport.ts';
export { Undos } from './undos.ts';
export { WARNING_NAME, type WarningCode, warn } from './warn.ts';
