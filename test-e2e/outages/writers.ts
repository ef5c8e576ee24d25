/** The ways of logging beside console with the preload. */
import type { Writer } from './survive.ts';

/** All of them, as the documentation calls them. */
export const OTHER_WRITERS: readonly (Writer & { readonly title: string })[] = [
  { name: 'pino', title: 'pino, `--import direct-logging`', withPreload: true },
  { name: 'winston', title: 'winston, `--import direct-logging`', withPreload: true },
  { name: 'pino-destination', title: '`pinoDestination()`', withPreload: false },
  { name: 'pino-target', title: '`pino.transport`', withPreload: false },
  { name: 'winston-transport', title: '`VictoriaLogsTransport`', withPreload: false },
];
