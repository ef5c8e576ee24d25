/** Ready-made lines for a server, and what they cost it. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { startVictoriaLogs, type VictoriaLogs } from '../../test-e2e/environment/victorialogs.ts';
import { FRESH_AFTER_MS, metricIn, metricsOf } from './watch.ts';

const LINES_PER_REQUEST = 1_000;

/** What the server counts. */
export interface Spent {
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
  readonly dataBytes: number;
  readonly indexBytes: number;
  readonly streams: number;
}

/** A server of its own for each measurement. */
export async function withServer<T>(measure: (server: VictoriaLogs) => Promise<T>): Promise<T> {
  const server = await startVictoriaLogs({ own: true, say: () => {} });
  try {
    return await measure(server);
  } finally {
    await server.stop();
  }
}

/** Sends so many lines, one request after the other. @throws Error when the server refuses one. */
export async function send(
  { url }: VictoriaLogs,
  lines: number,
  fields: (line: number) => object,
  encode: { readonly name?: string; readonly body: (text: string) => Uint8Array },
): Promise<void> {
  let time = BigInt(Date.now() - 60_000) * 1_000_000n;
  for (let sent = 0; sent < lines; sent += LINES_PER_REQUEST) {
    const text = Array.from({ length: LINES_PER_REQUEST }, (_, at) => {
      const record = { _time: String(time++), level: 'INFO', stream: 'stdout' };
      return `${JSON.stringify({ ...record, ...fields(sent + at), 'shipper.seq': sent + at })}\n`;
    }).join('');
    const answer = await fetch(`${url}/insert/jsonline?_stream_fields=container_name,job,stream`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/stream+json',
        ...(encode.name === undefined ? {} : { 'Content-Encoding': encode.name }),
      },
      body: encode.body(text),
    });
    if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
  }
}

/** Once everything is on disk. */
export async function spent(server: VictoriaLogs): Promise<Spent> {
  await server.forceFlush();
  await sleep(FRESH_AFTER_MS);
  const metrics = await metricsOf(server.url);
  return {
    cpuSeconds: metricIn(metrics, /^process_cpu_seconds_total /),
    memoryBytes: metricIn(metrics, /^process_resident_memory_anon_bytes /),
    dataBytes: metricIn(metrics, /^vl_data_size_bytes\{type="storage"/),
    indexBytes: metricIn(metrics, /^vl_data_size_bytes\{type="indexdb"/),
    streams: metricIn(metrics, /^vl_streams_created_total /),
  };
}

/** A message like those of an access log, with an id of its own. */
export function message(line: number): string {
  return `GET /orders/${line % 9_973} 200 in ${line % 89} ms, request ${randomUUID()}, user ${(line * 7_919) % 100_003}`;
}
