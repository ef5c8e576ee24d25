/** The records that the doctor stores and looks for. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NamedServer, UnderstoodSettings } from '@direct-logging/core';
import { ask, tenantOf } from '../server.ts';

const LOOK_AGAIN_MS = 300;
const TENANT_TIMEOUT_MS = 2_000;
const DEFAULT_TENANT = '0:0';

export const INSERT_PATH = '/insert/jsonline';

export const INSERT_HEADERS = {
  'Content-Type': 'application/stream+json',
  'VL-Stream-Fields': 'container_name,job,stream',
} as const;

/** A line with one record. It is found again by its id. */
export function testRecord(
  { containerName, job }: UnderstoodSettings,
  id: string,
  message: string = 'a test record of direct-logging doctor',
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
