// The target of @direct-logging/pino-transport, with somebody beside it who tells the counters of its transport.
import { sharedTransport } from '@direct-logging/core';
import { COUNTERS } from './writers.mjs';

export { default } from '@direct-logging/pino-transport';

const channel = new BroadcastChannel(COUNTERS);
setInterval(() => channel.postMessage({ ...sharedTransport().stats }), 50).unref();
channel.unref();
