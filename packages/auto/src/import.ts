/** What `--import` loads: the same as for `--require`, with a moment for the connection to be made. */
import { createRequire } from 'node:module';
import type { Registration } from '@direct-logging/register';
import { unpackPm2Environment } from './pm2-environment.ts';

/** Longest delay of the program; to a server nearby the connection takes a millisecond or two. */
const CONNECT_TIMEOUT_MS = 100;
/** The same over https, where a handshake takes some twenty. */
const TLS_TIMEOUT_MS = 500;

unpackPm2Environment(process.env);

/** What is installed in this thread; undefined without `VICTORIALOGS_URL`, and where others ship its output. */
export const registration: Registration | undefined =
  process.env.VICTORIALOGS_URL === undefined && process.env.VICTORIALOGS_DEBUG !== '1'
    ? undefined
    : installed();

// What a parent has sent would arrive during the wait, before the program listens: in a cluster it would be lost.
if (registration !== undefined && process.send === undefined) {
  // A program that is killed after its first line has lost it, unless the connection is there.
  const isSecure = process.env.VICTORIALOGS_URL?.startsWith('https:') === true;
  await registration.transport.ready(isSecure ? TLS_TIMEOUT_MS : CONNECT_TIMEOUT_MS);
  // Else the program would start inside the tick that ended the wait, and its stack traces would show that.
  await new Promise(setImmediate);
}

function installed(): Registration | undefined {
  const preload: typeof import('./index.ts') = createRequire(import.meta.url)('./index.cjs');
  return preload.registration;
}
