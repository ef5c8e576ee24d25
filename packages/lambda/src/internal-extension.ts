/** An extension inside the function's process. If there is one, the platform sends SIGTERM before it ends the environment. */
import type { IncomingMessage, RequestOptions } from 'node:http';
import type { Socket } from 'node:net';
import { bareOptions, guarded, type Transport, warn } from '@direct-logging/core';
import type { Invocations } from './invocation.ts';

const PREFIX = '/2020-01-01/extension/';
const NAME = 'direct-logging';
/** The platform gives the runtime half a second after SIGTERM: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html */
const FLUSH_MS = 300;
/** The first invocation waits no longer than this. */
const REGISTER_TIMEOUT_MS = 1000;

/**
 * Registers at the API on `host:port` before the first invocation is asked for, so that only the process that asks for
 * invocations does. Registers for no events, and so does not slow down invocations.
 */
export function withExtension(
  api: string,
  transport: Transport,
  invocations: Invocations,
): Invocations {
  let registered: Promise<void> | undefined;
  const onSignal = guarded(() => {
    const isAlone = process.listenerCount('SIGTERM') === 1;
    const flushed = transport.flush({ timeoutMs: FLUSH_MS });
    if (!isAlone) return;
    // As the signal would have. `process.exit()` would wait for the threads of the process, and in one of them the runtime client
    // waits for the next invocation.
    void flushed.then(() => {
      process.off('SIGTERM', onSignal);
      process.kill(process.pid, 'SIGTERM');
    });
  });
  return {
    ...invocations,
    async beforeNext() {
      if (registered === undefined) {
        // Before the listeners of the application: one that was added with `once` is still counted.
        process.prependListener('SIGTERM', onSignal);
        registered = register(api);
      }
      await Promise.all([registered, invocations.beforeNext()]);
    },
    stop() {
      process.off('SIGTERM', onSignal);
      invocations.stop();
    },
  };
}

async function register(api: string): Promise<void> {
  try {
    const { headers } = await ask(api, 'POST', 'register', { 'Lambda-Extension-Name': NAME });
    const id = headers['lambda-extension-identifier'];
    if (typeof id !== 'string') throw new Error('the answer has no identifier');
    // A registered extension must say that it is ready. The answer never comes, because we asked for no events.
    ask(api, 'GET', 'event/next', { 'Lambda-Extension-Identifier': id }).catch(() => {});
  } catch (error) {
    warn('DL_INTEGRATION_FAILED', `lambda: no extension, and no SIGTERM: ${error}`);
  }
}

function ask(
  api: string,
  method: 'GET' | 'POST',
  path: string,
  headers: Record<string, string>,
): Promise<IncomingMessage> {
  // An import of the module would load ten times as much: its namespace reads every lazy getter.
  const http = process.getBuiltinModule('node:http');
  const options: RequestOptions = bareOptions({ method, agent: false, headers });
  return new Promise((resolve, reject) => {
    const request = http.request(`http://${api}${PREFIX}${path}`, options, (response) => {
      response.resume();
      if (response.statusCode === 200) resolve(response);
      else reject(new Error(`${path} was answered ${response.statusCode}`));
    });
    request.on('error', reject);
    if (method === 'POST') {
      // Keeps the event loop alive: before the first invocation is asked for, maybe nothing else does.
      const giveUp = guarded(() => request.destroy(new Error('no answer')));
      request.setTimeout(REGISTER_TIMEOUT_MS, giveUp);
      request.end('{"events":[]}');
    } else {
      const letEnd = guarded((socket: Socket) => socket.unref());
      request.on('socket', letEnd).end();
    }
  });
}
