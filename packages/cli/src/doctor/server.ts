/** Connects to the server step by step, and then sends two records. The first step that fails ends the check. */
import { randomUUID } from 'node:crypto';
import {
  DAY_MS,
  DEFAULT_RETENTION_MS,
  type NamedServer,
  parseRetention,
  readAddress,
  retentionIn,
  type UnderstoodSettings,
} from '@direct-logging/core';
import { CommandError } from '../command-error.ts';
import { fetchFrom, said } from '../fetch-from.ts';
import { tenantOf } from '../queries.ts';
import { type Check, checked, failed, STEP_S, STEP_TIMEOUT_MS } from './check.ts';
import { codeOf, connectionSteps } from './connection.ts';
import {
  findBrokenOff,
  INSERT_HEADERS,
  INSERT_PATH,
  isFound,
  isInDefaultTenant,
  sendAndBreakOff,
  testRecord,
} from './test-record.ts';

const VISIBLE_WITHIN_MS = 15_000;
const MAX_SKEW_S = 30;
const CLOCK = 'clock';
export const TEST_RECORD = 'test record';
const HTTPS_ADVICE = 'begin VICTORIALOGS_URL with https:// if this port speaks TLS';
const HTTP1_ADVICE =
  'find out what listens on this port: VictoriaLogs speaks HTTP/1.1, and so must a proxy in front of it';
const SILENCE_ADVICE =
  'find out what listens on this port: it takes connections and does not answer, so it is not VictoriaLogs, or it hangs';
const REDIRECT_ADVICE =
  'set VICTORIALOGS_URL to the base URL below that address, if the server there is yours';
const SOCKET_ADVICE =
  'correct VICTORIALOGS_URL: VictoriaLogs has to listen on this socket, with the path prefix of a proxy behind a colon if there is one';

/** Stores two records, one in a request that breaks off. Looks for the first for `visibleWithinMs` at most. */
export async function checkServer(
  server: NamedServer,
  settings: UnderstoodSettings,
  visibleWithinMs: number = VISIBLE_WITHIN_MS,
): Promise<Check[]> {
  const checks: Check[] = [];
  for await (const check of steps(server, settings, visibleWithinMs)) {
    checks.push(check);
    if (check.verdict === 'fail') break;
  }
  return checks;
}

async function* steps(
  server: NamedServer,
  settings: UnderstoodSettings,
  visibleWithinMs: number,
): AsyncGenerator<Check> {
  yield* connectionSteps(server);
  const id = randomUUID();
  const stored = await store(server, settings, id);
  yield* stored;
  const clock = stored.find(({ name }) => name === CLOCK);
  const brokenOff = randomUUID();
  // Before the search, so that both have had time to be stored.
  await sendAndBreakOff(server, settings, brokenOff);
  const found = await find(server, id, visibleWithinMs, clock?.next);
  yield found;
  if (found.verdict === 'ok') yield findBrokenOff(server, brokenOff);
  yield* await about(server, settings);
}

async function store(
  server: NamedServer,
  settings: UnderstoodSettings,
  id: string,
): Promise<Check[]> {
  const response = await fetchFrom(server, INSERT_PATH, {
    method: 'POST',
    headers: INSERT_HEADERS,
    body: testRecord(settings, id),
    signal: AbortSignal.timeout(STEP_TIMEOUT_MS),
  }).catch((error: Error) => error);
  if (response instanceof CommandError) return [failed('HTTP', response.message, REDIRECT_ADVICE)];
  if (response instanceof Error) return [withoutAnswer(server, response)];
  const text = await response.text().catch(() => '');
  return [
    ...judgeAnswer(server, response.status, text),
    ...judgeClock(response.headers.get('date')),
  ];
}

function withoutAnswer(server: NamedServer, error: Error): Check {
  const code = codeOf(error.cause ?? error);
  const isSilent = code === 'TimeoutError';
  return failed(
    'HTTP',
    `no answer ${isSilent ? `in ${STEP_S} s ` : ''}to a POST of ${server.url}${INSERT_PATH}${isSilent ? '' : `: ${code}`}`,
    adviceWithoutAnswer(server.url, isSilent),
  );
}

function adviceWithoutAnswer(url: string, isSilent: boolean): string {
  if (readAddress(url).socketPath !== '') return SOCKET_ADVICE;
  if (isSilent) return SILENCE_ADVICE;
  return url.startsWith('https:') ? HTTP1_ADVICE : HTTPS_ADVICE;
}

function judgeAnswer(server: NamedServer, status: number, text: string): Check[] {
  const reason = text.trim() === '' ? '' : `: ${said(server, text)}`;
  const isSet = server.headers.Authorization !== undefined;
  if (status === 401 || status === 403) {
    const finding = `the server answers ${status}: ${isSet ? 'the credentials are not accepted' : 'it asks for credentials, and none are set'}`;
    const next = `${isSet ? 'correct' : 'set'} VICTORIALOGS_USERNAME and VICTORIALOGS_PASSWORD, or VICTORIALOGS_BEARER_TOKEN`;
    return [failed('authorization', finding, next)];
  }
  const isPage = status < 300 && /^\s*<(!doctype|html)/i.test(text);
  if (isPage || [301, 302, 307, 308, 400, 404, 405].includes(status)) {
    const answer = isPage ? 'with a page (HTML): that is not VictoriaLogs' : status + reason;
    const finding = `${server.url}${INSERT_PATH} is answered ${answer}`;
    return [failed('HTTP', finding, urlAdvice(server, text))];
  }
  if (status >= 300) {
    const next =
      status === 429
        ? 'make room on the disk of VictoriaLogs: it answers this when its storage is read-only'
        : 'look at the logs of VictoriaLogs, and of the proxy in front of it';
    return [failed('HTTP', `the server answers ${status}${reason}`, next)];
  }
  const how = isSet ? 'is accepted' : 'none is set, and none is required';
  return [
    checked('ok', 'HTTP', `the server answers ${status}`),
    checked('ok', 'authorization', how),
  ];
}

/** What may be wrong with a URL, if the answer is not from the insert endpoint of VictoriaLogs. */
function urlAdvice(server: NamedServer, answer: string): string {
  if (readAddress(server.url).socketPath !== '') return SOCKET_ADVICE;
  const { protocol, pathname } = new URL(server.url);
  // Go's servers and nginx say so themselves.
  if (protocol === 'http:' && /\bHTTPS\b/.test(answer)) return HTTPS_ADVICE;
  if (pathname !== '/') {
    return `take ${pathname} out of VICTORIALOGS_URL, unless it is the path prefix of a proxy: it is the base URL of VictoriaLogs`;
  }
  return 'correct VICTORIALOGS_URL: it has to be the base URL of VictoriaLogs, with the path prefix of a proxy if there is one';
}

/** The server tells its time in whole seconds. */
function judgeClock(date: string | null): Check[] {
  if (date === null || Number.isNaN(Date.parse(date))) return [];
  const skew = Math.round((Date.now() - Date.parse(date)) / 1000);
  const isFar = Math.abs(skew) > MAX_SKEW_S;
  const finding =
    Math.abs(skew) <= 1
      ? 'the same as the server’s'
      : `${inWords(Math.abs(skew))} ${skew > 0 ? 'ahead of' : 'behind'} the server’s`;
  const next =
    'set the clock (NTP): queries select records by time, and VictoriaLogs drops those whose time is far from its own';
  return [isFar ? checked('warn', CLOCK, finding, next) : checked('ok', CLOCK, finding)];
}

function inWords(seconds: number): string {
  if (seconds < 300) return `${seconds} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}

/** @param clockAdvice What to do about a clock that is wrong: the server drops records that are too far from its own time. */
async function find(
  server: NamedServer,
  id: string,
  visibleWithinMs: number,
  clockAdvice: string | undefined,
): Promise<Check> {
  const name = TEST_RECORD;
  try {
    if (await isFound(server, id, visibleWithinMs, VISIBLE_WITHIN_MS)) {
      return checked('ok', name, 'was stored and found again');
    }
    if (await isInDefaultTenant(server, id)) {
      return failed(
        name,
        `was stored for the tenant 0:0, and is looked for in ${tenantOf(server)}`,
        'let the proxy in between pass the headers AccountID and ProjectID of inserts on, or remove VICTORIALOGS_ACCOUNT_ID and VICTORIALOGS_PROJECT_ID',
      );
    }
  } catch (error) {
    const next =
      'look where VictoriaLogs takes queries; for audit, tail and open VICTORIALOGS_URL has to lead there';
    const { message } = error as CommandError;
    return checked('warn', name, `was accepted, but cannot be looked for: ${message}`, next);
  }
  return failed(
    name,
    `was answered as stored, but is not found in ${visibleWithinMs / 1000} s in tenant ${tenantOf(server)}`,
    clockAdvice ??
      'make sure that this is VictoriaLogs, that queries see the tenant that inserts go to, and look at its log for dropped rows',
  );
}

/** Facts from the server's metrics, which a proxy may hide. */
async function about(
  server: NamedServer,
  { retentionMs = DEFAULT_RETENTION_MS }: UnderstoodSettings,
): Promise<Check[]> {
  const metrics = await fetchFrom(server, '/metrics', {
    signal: AbortSignal.timeout(STEP_TIMEOUT_MS),
  })
    .then((response) => (response.ok ? response.text() : ''))
    .catch(() => '');
  const version = /short_version="([^"]+)"/.exec(metrics)?.[1];
  if (version === undefined) return [];
  const retention = said(server, retentionIn(metrics) ?? '');
  const kept = retention === '' ? '' : `, keeps records for ${retention}`;
  const note = checked('note', 'server', `version ${said(server, version)}${kept}`);
  const notes = [note, ...checkStreams(metrics)];
  if ((parseRetention(retention) ?? retentionMs) >= retentionMs) return notes;
  const finding = `the server keeps records for ${retention}, and drops older ones. Programs send records with a time of their own that is up to ${retentionMs / DAY_MS} days old`;
  const next = `set VICTORIALOGS_RETENTION to ${retention}`;
  return [...notes, checked('warn', 'retention', finding, next)];
}

/** Fewer say nothing: a server that has just started has few lines. */
const MIN_STREAMS = 10_000;
/** A pod that lives for an hour and logs a line every three seconds. */
const MIN_LINES_PER_STREAM = 1_000;

/**
 * A warning if streams come and go: each costs the server an entry in its index and a block of its own, however few lines it gets.
 * @param metrics The text of its `/metrics`. An insert node and vlagent do not know about streams.
 */
export function checkStreams(metrics: string): Check[] {
  const streams = sumOf(metrics, /^vl_streams_created_total (\S+)$/gm);
  const lines = sumOf(metrics, /^vl_rows_ingested_total\{[^}\n]*\} (\S+)$/gm);
  if (streams < MIN_STREAMS || lines >= streams * MIN_LINES_PER_STREAM) return [];
  const each = Math.round(lines / streams).toLocaleString('en-US');
  const finding = `since its start, the server has made ${streams.toLocaleString('en-US')} streams, with ${each} lines in each: names that change, such as those of pods, make new ones all the time`;
  const next =
    'set VICTORIALOGS_STREAM_FIELDS=job,stream in all programs; container_name stays a field that can be searched';
  return [checked('warn', 'streams', finding, next)];
}

function sumOf(metrics: string, values: RegExp): number {
  return [...metrics.matchAll(values)].reduce((sum, [, value]) => sum + Number(value), 0);
}
