/** Checks whether lines are stored when the request that they are in breaks off, as that of a killed program does. */
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { type NamedServer, readAddress } from '@direct-logging/core';
import { ask } from '../server.ts';
import type { Check } from './check.ts';
import { INSERT_HEADERS, INSERT_PATH, queryFor } from './test-record.ts';

const TIMEOUT_MS = 5_000;
/** VictoriaLogs shows what it has stored after a second. */
const VISIBLE_WITHIN_MS = 3_000;
const LOOK_AGAIN_MS = 300;

/** Sends a line in a request and breaks it off once the line has left. What fails here shows when the line is not found. */
export async function sendAndBreakOff(server: NamedServer, line: string): Promise<void> {
  const { url, socketPath } = readAddress(server.url);
  const request = url.startsWith('https:') ? requestHttps : requestHttp;
  const sent = request(`${url}${INSERT_PATH}`, {
    method: 'POST',
    headers: { ...server.headers, ...INSERT_HEADERS },
    ...(socketPath === '' ? {} : { socketPath }),
  });
  // An answer that comes early breaks off, too.
  sent.on('response', (response) => response.on('error', () => {}));
  sent.on('error', () => {});
  sent.setTimeout(TIMEOUT_MS, () => sent.destroy());
  sent.write(line, () => sent.destroy());
  if (!sent.closed) await new Promise((resolve) => sent.once('close', resolve));
}

/** What became of the line. Called when another line that was sent before it has been found. */
export async function findBrokenOff(server: NamedServer, id: string): Promise<Check> {
  const name = 'kill -9';
  const until = Date.now() + VISIBLE_WITHIN_MS;
  do {
    const rows = await ask(server, queryFor(id), { timeoutMs: TIMEOUT_MS }).catch(() => []);
    if (rows.length > 0) {
      return { name, verdict: 'ok', finding: 'a record of a request that broke off was stored' };
    }
    await sleep(LOOK_AGAIN_MS);
  } while (Date.now() < until);
  return {
    name,
    verdict: 'warn',
    finding:
      'a record of a request that broke off was not stored: a proxy collects requests before it passes them on, so a killed program can lose its last lines',
    next: 'let the proxy pass requests on as they come: for vmauth -requestBufferSize=0 -maxRequestBodySizeToRetry=0, for nginx proxy_request_buffering off',
  };
}
