/** Asks a VictoriaLogs over HTTP, as anybody would. */
import { setTimeout as sleep } from 'node:timers/promises';
import { succeeds } from './succeeds.ts';

/** A server on a busy machine may take long for many rows. */
const ANSWER_MS = 120_000;

/** One row of an answer: every value is a string. */
export type Row = Record<string, string>;

/** What can be asked of a running server. */
export interface Queries {
  /** Makes everything acknowledged visible to queries at once, instead of after a second or two. */
  forceFlush(): Promise<void>;
  /** The rows that match, in the order the server gives: add `| sort by (_time)`. */
  query(logsql: string, options?: { readonly limit?: number }): Promise<Row[]>;
  /** How many rows match. */
  count(logsql: string): Promise<number>;
  /** The rows as soon as at least `count` match, or those that there are after `timeoutMs` (default 60,000). */
  queryWhen(
    logsql: string,
    count: number,
    options?: { readonly timeoutMs?: number },
  ): Promise<Row[]>;
}

/** Queries to the server at this base URL. */
export function queriesTo(url: string): Queries {
  const forceFlush = async (): Promise<void> => {
    await ask(`${url}/internal/force_flush`);
  };
  const query: Queries['query'] = async (logsql, { limit } = {}) => {
    const form = new URLSearchParams({ query: logsql });
    if (limit !== undefined) form.set('limit', String(limit));
    const answer = await ask(`${url}/select/logsql/query`, form);
    return answer
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Row);
  };
  const count: Queries['count'] = async (logsql) => {
    const [row] = await query(`${logsql} | stats count() as rows`);
    return Number(row?.rows ?? 0);
  };
  const queryWhen: Queries['queryWhen'] = async (logsql, wanted, { timeoutMs = 60_000 } = {}) => {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      await forceFlush();
      const rows = await query(logsql);
      if (rows.length >= wanted || Date.now() >= deadline) return rows;
      await sleep(50);
    }
  };
  return { forceFlush, query, count, queryWhen };
}

/** Stores lines of JSON as they are. @throws Error where the server does not accept them. */
export async function insertLines(
  url: string,
  lines: readonly string[],
  streamFields: string,
  signal?: AbortSignal,
): Promise<void> {
  const { ok, status } = await fetch(`${url}/insert/jsonline?_stream_fields=${streamFields}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/stream+json', connection: 'close' },
    body: `${lines.join('\n')}\n`,
    signal: signal ?? null,
  });
  if (!ok) throw new Error(`${url} answered ${status} to an insert`);
}

/** Whether the server answers. */
export async function isHealthy(url: string): Promise<boolean> {
  return succeeds(ask(`${url}/health`));
}

/**
 * Stores a row of another tenant, which no query finds. The first row of a day takes folders and their fsync, 0.5 to 15 s on a busy disk:
 * a test that limits how long a program waits for answers means a server that gives some.
 */
export async function makeReady(url: string): Promise<void> {
  const headers = { AccountID: '4294967295', connection: 'close' };
  // One that refuses rows is ready, too.
  await fetch(`${url}/insert/jsonline`, { method: 'POST', headers, body: '{"_msg":"ready"}' });
}

/** Its version, from its own metrics. */
export async function serverVersion(url: string): Promise<string> {
  const metrics = await ask(`${url}/metrics`).catch((error: Error) => {
    const { message } = (error.cause as Error | undefined) ?? error;
    throw new Error(`VictoriaLogs at ${url} does not answer: ${message}`);
  });
  return /short_version="(v[^"]+)"/.exec(metrics)?.[1] ?? 'of an unknown version';
}

async function ask(url: string, form?: URLSearchParams): Promise<string> {
  // No connection is kept: a server that is stopped and started between two questions would have closed it.
  const headers = { connection: 'close' };
  const method = form || url.endsWith('force_flush') ? 'POST' : 'GET';
  const response = await fetch(url, {
    method,
    headers,
    body: form ?? null,
    signal: AbortSignal.timeout(ANSWER_MS),
  }).catch((error: Error) => {
    if (error.name !== 'TimeoutError') throw error;
    throw new Error(`${method} ${url} was not answered within ${ANSWER_MS} ms`);
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url} was answered ${response.status}: ${text}`);
  return text;
}
