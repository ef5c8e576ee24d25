/** What `--import` loads: the same as `--require`, and it waits a moment for the connection. */
import { createRequire } from 'node:module';
import type { Registration } from '@direct-logging/register';
import { isWanted, readableEnvironment } from './is-wanted.ts';
import { unpackPm2Environment } from './pm2-environment.ts';

/** Longest delay of the program. A connection to a server nearby takes a millisecond or two. */
const CONNECT_TIMEOUT_MS = 100;
/** The same over https, where a handshake takes some 20 ms. */
const TLS_TIMEOUT_MS = 500;

const env = readableEnvironment();
unpackPm2Environment(env);

/** What is installed in this thread. Undefined without `VICTORIALOGS_URL`, or if nothing is installed for another reason. */
export const registration: Registration | undefined = isWanted(env) ? installed() : undefined;

// No wait with an IPC channel or in a Web Worker: messages of the parent would arrive before the program listens, and be lost.
const getsMessages = process.send !== undefined || 'WorkerGlobalScope' in globalThis;
if (registration !== undefined && !getsMessages) {
  // If a program is killed right after its first line, that line is lost unless the connection exists.
  const isSecure = process.env.VICTORIALOGS_URL?.startsWith('https:') === true;
  await registration.transport.ready(isSecure ? TLS_TIMEOUT_MS : CONNECT_TIMEOUT_MS);
  // Otherwise the program would start inside the tick that ended the wait, and its stack traces would show that.
  await new Promise(setImmediate);
}

function installed(): Registration | undefined {
  const preload: typeof import('./index.ts') = createRequire(import.meta.url)('./index.cjs');
  return preload.registration;
}
