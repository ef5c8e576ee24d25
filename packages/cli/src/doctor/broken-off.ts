/** Checks whether a line is stored when the request that it is in breaks off, as the last one of a killed program does. */
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { type NamedServer, readAddress, type UnderstoodSettings } from '@direct-logging/core';
import type { CommandError } from '../command-error.ts';
import type { Check } from './check.ts';
import { INSERT_HEADERS, INSERT_PATH, isFound, testRecord } from './test-record.ts';

const TIMEOUT_MS = 5_000;
/** A proxy has this long to pass the record on before the request breaks off. */
const BREAKS_OFF_AFTER_MS = 200;
/** VictoriaLogs shows what it has stored after a second. */
const VISIBLE_WITHIN_MS = 3_000;
const MESSAGE = 'a test record of direct-logging doctor, in a request that breaks off';

/** Sends a record in a request, and breaks that off once the record has left. If this fails, it is not found later. */
export async function sendAndBreakOff(
  server: NamedServer,
  settings: UnderstoodSettings,
  id: string,
): Promise<void> {
  const { url, socketPath } = readAddress(server.url);
  const request = url.startsWith('https:') ? requestHttps : requestHttp;
  const sent = request(`${url}${INSERT_PATH}`, {
    method: 'POST',
    headers: { ...server.headers, ...INSERT_HEADERS },
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(socketPath === '' ? {} : { socketPath }),
  });
  // An answer that comes early breaks off, too.
  sent.on('response', (response) => response.on('error', () => {}));
  sent.on('error', () => {});
  sent.write(testRecord(settings, id, MESSAGE), () =>
    setTimeout(() => sent.destroy(), BREAKS_OFF_AFTER_MS),
  );
  await new Promise((resolve) => sent.once('close', resolve));
}

/** What became of the record. Called when another one has been found that was sent before it. */
export async function findBrokenOff(server: NamedServer, id: string): Promise<Check> {
  const name = 'broken request';
  try {
    if (await isFound(server, id, VISIBLE_WITHIN_MS, TIMEOUT_MS)) {
      return { name, verdict: 'ok', finding: 'a record of a request that broke off was stored' };
    }
  } catch (error) {
    const { message } = error as CommandError;
    return { name, verdict: 'note', finding: `its record cannot be looked for: ${message}` };
  }
  return {
    name,
    verdict: 'warn',
    finding:
      'a record of a request that broke off was not stored. Probably a proxy collects requests before it passes them on. Then a killed program can lose its last lines',
    next: 'let the proxy pass requests on as they come: for vmauth -requestBufferSize=0 -maxRequestBodySizeToRetry=0, for nginx proxy_request_buffering off',
  };
}
