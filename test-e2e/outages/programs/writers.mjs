// The ways in which a program logs. Each gives the function that logs one line and the counters of the transport behind it.
import { sharedTransport } from '@direct-logging/core';

const writers = {
  console: () => ({ log: console.log, stats }),

  async pino() {
    const { pino } = await import('pino');
    return { log: linesOf(pino()), stats };
  },

  async winston() {
    const { createLogger, transports } = (await import('winston')).default;
    return { log: linesOf(createLogger({ transports: [new transports.Console()] })), stats };
  },

  async 'pino-destination'() {
    const { pino } = await import('pino');
    const { pinoDestination } = await import('@direct-logging/pino-transport');
    return { log: linesOf(pino(pinoDestination())), stats };
  },

  async 'winston-transport'() {
    const { createLogger } = (await import('winston')).default;
    const { VictoriaLogsTransport } = await import('@direct-logging/winston-transport');
    return { log: linesOf(createLogger({ transports: [new VictoriaLogsTransport()] })), stats };
  },

  /** Its transport is in a thread of pino's, which tells us its counters from time to time. */
  async 'pino-target'() {
    const { pino } = await import('pino');
    const channel = new BroadcastChannel(COUNTERS);
    channel.unref();
    let latest = { written: 0, queued: 0, queuedBytes: 0, resent: 0, dropped: {} };
    channel.onmessage = ({ data }) => {
      latest = data;
    };
    const target = new URL('telling-target.mjs', import.meta.url).href;
    return { log: linesOf(pino(pino.transport({ target }))), stats: () => latest };
  },
};

/** The name under which the thread of `telling-target.mjs` tells its counters. */
export const COUNTERS = 'counters of the transport';

export const createWriter = (name) => writers[name]();

function stats() {
  return { ...sharedTransport().stats };
}

function linesOf(logger) {
  return (text) => logger.info(text);
}
