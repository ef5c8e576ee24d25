/** Rows of processes that are made up, in a real VictoriaLogs, as the audit reads them. */
import { randomUUID } from 'node:crypto';
import type { VictoriaLogs } from '../environment/victorialogs.ts';
import { insertLines } from '../environment/victorialogs-queries.ts';

export const MINUTE_MS = 60_000;

/** A new `shipper.id`. */
export const newId = (): string => randomUUID().slice(0, 13);

/** All numbers from the first to the last. */
export function fromTo(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}

/** Stores rows of a process: its numbers, written a millisecond apart, the first so long ago. */
export async function storeRows(
  server: VictoriaLogs,
  id: string,
  numbers: readonly number[],
  agoMs: number = 5 * MINUTE_MS,
  fields: object = {},
): Promise<void> {
  const began = Date.now() - agoMs;
  const lines = numbers.map((number, at) =>
    JSON.stringify({
      _time: new Date(began + at).toISOString(),
      _msg: `line ${number}`,
      container_name: `c-${id}`,
      'shipper.id': id,
      'shipper.seq': number,
      ...fields,
    }),
  );
  await insertRows(server, lines);
}

/** Stores lines of JSON as they are. */
export async function insertRows(server: VictoriaLogs, lines: readonly string[]): Promise<void> {
  await insertLines(server.url, lines, 'container_name');
  await server.forceFlush();
}
