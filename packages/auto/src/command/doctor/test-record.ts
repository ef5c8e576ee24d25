/** The records that the doctor stores. */
import type { UnderstoodSettings } from '@direct-logging/core';

/** Where records go, below the server's URL. */
export const INSERT_PATH = '/insert/jsonline';

/** What a request with records says of them. */
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

/** The query that finds it. */
export function queryFor(id: string): string {
  return `"doctor.id":="${id}"`;
}
