/** Queries to the VictoriaLogs that the environment names. */
import { type NamedServer, parseJson } from '@direct-logging/core';
import { CommandError } from './command-error.ts';
import { fetchFrom, QUERY_PATH, said, TooLarge } from './fetch-from.ts';

/** One row of an answer. Every value is a string; empty ones are left out. */
export type Row = Readonly<Record<string, string | undefined>>;

/** The server itself gives up a query after 30 s, unless it is configured otherwise. */
const ANSWER_TIMEOUT_MS = 120_000;
/** Rows of a few bytes need many times the memory of their text. VictoriaLogs answers with longer ones, which have fields of its own. */
const MAX_ROWS = 1_000_000;
/** If the server cannot parse a query, its answer begins with the whole query: the user's, with ours around it. */
const REPEATED_QUERY = /^cannot parse `query` arg \[.*\]: /s;

/** The tenant that queries and records name, as VictoriaLogs writes it. */
export function tenantOf({ headers }: NamedServer): string {
  return `${headers.AccountID ?? 0}:${headers.ProjectID ?? 0}`;
}

/**
 * The rows of a LogsQL query.
 * @throws CommandError when the server cannot be reached, refuses, or breaks off its answer.
 */
export async function ask(
  server: NamedServer,
  logsql: string,
  { timeoutMs = ANSWER_TIMEOUT_MS, signal }: { timeoutMs?: number; signal?: AbortSignal } = {},
): Promise<Row[]> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const noAnswer = (error: Error): never => {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`${server.url} does not answer: ${reasonOf(error, timeoutMs)}`);
  };
  const response = await fetchFrom(server, QUERY_PATH, {
    method: 'POST',
    body: new URLSearchParams({ query: logsql }),
    signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
  }).catch(noAnswer);
  const { status } = response;
  // If a query fails midway, the server has already answered 200. Only the broken end of the answer shows it.
  const text = await response.text().catch(noAnswer);
  if (status !== 200) throw new CommandError(refusal(server, status, text), status);
  const lines = text.split('\n', MAX_ROWS + 1);
  if (lines[MAX_ROWS]) {
    throw new TooLarge(`${server.url} answers with more than 1,000,000 rows: ask for less`);
  }
  const rows = lines.filter((line) => line !== '').map(parseRow);
  if (rows.every((row) => row !== undefined)) return rows;
  throw new CommandError(`${server.url} gives an answer that is not from VictoriaLogs`);
}

function parseRow(line: string): Row | undefined {
  const row = parseJson(line);
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return undefined;
  return Object.values(row).every((value) => typeof value === 'string') ? (row as Row) : undefined;
}

/** fetch says "fetch failed" and hides why in the cause. Of our headers, its messages can only show one that is bad. */
function reasonOf(error: Error, timeoutMs: number): string {
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  if (error.name === 'TimeoutError') return `no answer in ${timeoutMs / 1000} s`;
  if (cause === undefined) return 'the request could not be made; are the credentials plain text?';
  return cause.code ?? cause.message;
}

function refusal(server: NamedServer, status: number, text: string): string {
  const reason = said(server, text.replace(REPEATED_QUERY, 'cannot parse the query: '));
  if (status === 401 || status === 403) {
    return `${server.url} answers ${status}: the credentials in the environment are not accepted for queries`;
  }
  const hint = /unsupported path|not found/i.test(reason)
    ? ' (vlagent takes no queries: name the server that does)'
    : '';
  return `${server.url} answers ${status}: ${reason}${hint}`;
}
