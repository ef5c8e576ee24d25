/** Checks whether a line is stored when the request that it is in breaks off, as the last one of a killed program does. */
import type { NamedServer, UnderstoodSettings } from '@direct-logging/core';
import type { CommandError } from '../command-error.ts';
import { fetchFrom } from '../fetch-from.ts';
import { type Check, checked } from './check.ts';
import { INSERT_HEADERS, INSERT_PATH, isFound, testRecord } from './test-record.ts';

const ANSWER_TIMEOUT_MS = 5_000;
/** The connection and a proxy have this long to pass the record on before the request breaks off. */
const BREAKS_OFF_AFTER_MS = 400;
/** VictoriaLogs shows what it has stored after a second. */
const VISIBLE_WITHIN_MS = 3_000;
const MESSAGE = 'a test record of direct-logging doctor, in a request that breaks off';

/** Sends a record in a request, and breaks that off once the record has left. If this fails, it is not found later. */
export async function sendAndBreakOff(
  server: NamedServer,
  settings: UnderstoodSettings,
  id: string,
): Promise<void> {
  const request = new AbortController();
  const body = new ReadableStream({
    start(stream) {
      stream.enqueue(new TextEncoder().encode(testRecord(settings, id, MESSAGE)));
      setTimeout(() => request.abort(), BREAKS_OFF_AFTER_MS);
    },
  });
  // An answer that comes early breaks off, too.
  const response = await fetchFrom(server, INSERT_PATH, {
    method: 'POST',
    headers: INSERT_HEADERS,
    body,
    duplex: 'half',
    signal: request.signal,
  }).catch(() => undefined);
  await response?.text().catch(() => '');
}

/** What became of the record. Called when another one has been found that was sent before it. */
export async function findBrokenOff(server: NamedServer, id: string): Promise<Check> {
  const name = 'broken request';
  try {
    if (await isFound(server, id, VISIBLE_WITHIN_MS, ANSWER_TIMEOUT_MS)) {
      return checked('ok', name, 'a record of a request that broke off was stored');
    }
  } catch (error) {
    const { message } = error as CommandError;
    return checked('note', name, `its record cannot be looked for: ${message}`);
  }
  return checked(
    'warn',
    name,
    'a record of a request that broke off was not stored. Probably a proxy collects requests before it passes them on. Then a killed program can lose its last lines',
    'let the proxy pass requests on as they come: for vmauth -requestBufferSize=0 -maxRequestBodySizeToRetry=0, for nginx proxy_request_buffering off',
  );
}
