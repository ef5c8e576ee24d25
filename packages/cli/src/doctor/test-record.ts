/** The records that the doctor stores and looks for: one in a whole request, one in a request that breaks off. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NamedServer, UnderstoodSettings } from '@direct-logging/core';
import type { CommandError } from '../command-error.ts';
import { fetchFrom } from '../fetch-from.ts';
import { ask, tenantOf } from '../queries.ts';
import { type Check, checked, STEP_TIMEOUT_MS } from './check.ts';

const LOOK_AGAIN_MS = 300;
const TENANT_TIMEOUT_MS = 2_000;
const DEFAULT_TENANT = '0:0';
/** The connection and a proxy have this long to pass the record on before the request breaks off. */
const BREAKS_OFF_AFTER_MS = 400;
/** VictoriaLogs shows what it has stored after a second. */
const VISIBLE_WITHIN_MS = 3_000;
const MESSAGE = 'a test record of direct-logging doctor';

export const INSERT_PATH = '/insert/jsonline';

export const INSERT_HEADERS = {
  'Content-Type': 'application/stream+json',
  'VL-Stream-Fields': 'container_name,job,stream',
} as const;

/** A line with one record. It is found again by its id. */
export function testRecord(
  { containerName, job }: UnderstoodSettings,
  id: string,
  message: string = MESSAGE,
): string {
  const record = {
    _time: new Date().toISOString(),
    _msg: message,
    level: 'INFO',
    stream: 'stdout',
    logger: 'direct-logging',
    container_name: containerName,
    job,
    'doctor.id': id,
  };
  return `${JSON.stringify(record)}\n`;
}

/**
 * Whether it is found within this time.
 * @throws CommandError if the server takes no queries.
 */
export async function isFound(
  server: NamedServer,
  id: string,
  withinMs: number,
  timeoutMs: number,
): Promise<boolean> {
  const until = Date.now() + withinMs;
  for (;;) {
    const rows = await ask(server, `"doctor.id":="${id}"`, { timeoutMs });
    // Every row of VictoriaLogs has this field, so a server that answers with anything else is another one.
    if (rows.some((row) => row['doctor.id'] === id && row._stream_id !== undefined)) return true;
    if (Date.now() > until) return false;
    await sleep(LOOK_AGAIN_MS);
  }
}

/** Whether a record of another tenant is found in the default one: something in between drops the headers of inserts. */
export async function isInDefaultTenant(server: NamedServer, id: string): Promise<boolean> {
  if (tenantOf(server) === DEFAULT_TENANT) return false;
  const { AccountID: _, ProjectID: __, ...headers } = server.headers;
  return isFound({ ...server, headers }, id, 0, TENANT_TIMEOUT_MS).catch(() => false);
}

/**
 * Sends a record in a request, and breaks that off once the record has left, as the last one of a killed program does. If this fails, it
 * is not found later.
 */
export async function sendAndBreakOff(
  server: NamedServer,
  settings: UnderstoodSettings,
  id: string,
): Promise<void> {
  const request = new AbortController();
  const line = testRecord(settings, id, `${MESSAGE}, in a request that breaks off`);
  const body = new ReadableStream({
    start(stream) {
      stream.enqueue(Buffer.from(line));
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
    if (await isFound(server, id, VISIBLE_WITHIN_MS, STEP_TIMEOUT_MS)) {
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
