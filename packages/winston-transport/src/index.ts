/** winston's lines into VictoriaLogs: a transport class, and attachment without code. */

export type { Info } from './from-line.ts';
export { winstonIntegration } from './integration.ts';
export { VictoriaLogsTransport, type VictoriaLogsTransportOptions } from './transport.ts';
