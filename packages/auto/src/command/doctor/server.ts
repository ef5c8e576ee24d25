/** Checks the way to the server step by step, and then sends a record. The first step that fails ends the check. */
import { randomUUID } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import {
  type NamedServer,
  type UnderstoodSettings,
  withoutCredentials,
} from '@direct-logging/core';
import type { CommandError } from '../command-error.ts';
import { behindSocket, fetchFrom } from '../fetch-from.ts';
import { ask } from '../server.ts';
import type { Check } from './check.ts';

const STEP_TIMEOUT_MS = 5_000;
const VISIBLE_WITHIN_MS = 15_000;
const LOOK_AGAIN_MS = 300;
const MOST_SKEW_S = 30;
const MAX_REASON_LENGTH = 200;
const DAY_MS = 86_400_000;
const HTTPS_ADVICE = 'begin VICTORIALOGS_URL with https:// if this port speaks TLS';
const SOCKET_ADVICE =
  'correct VICTORIALOGS_URL: VictoriaLogs has to listen on this socket, with the path prefix of a proxy behind a colon if there is one';

/** Thrown when a step finds something that makes the next steps useless. */
class Stop extends Error {
  readonly check: Check;
  constructor(check: Check) {
    super(check.finding);
    this.check = check;
  }
}

/** Stores one record, and looks for it. */
export async function checkServer(
  server: NamedServer,
  settings: UnderstoodSettings,
): Promise<Check[]> {
  const checks: Check[] = [];
  try {
    checks.push(...(await checkWay(server)));
    const id = randomUUID();
    checks.push(...(await store(server, settings, id)));
    checks.push(await find(server, id));
    checks.push(...(await about(server)));
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    checks.push(error.check);
  }
  return checks;
}

async function checkWay(server: NamedServer): Promise<Check[]> {
  const behind = behindSocket(server);
  if (behind !== undefined) return [await connectToSocket(behind.socketPath)];
  const url = new URL(server.url);
  const checks = [await resolveName(url), await connectTo(url)];
  return url.protocol === 'https:' ? [...checks, await shakeHands(url)] : checks;
}

async function connectToSocket(path: string): Promise<Check> {
  const name = 'socket';
  const socket = connect({ path });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(STEP_TIMEOUT_MS) });
    return { name, verdict: 'ok', finding: `${path} takes connections` };
  } catch (error) {
    const code = codeOf(error);
    const next =
      code === 'EACCES'
        ? 'let this user write to the socket, and enter the folders above it'
        : `start VictoriaLogs with -httpListenAddr=unix:${path}, or correct VICTORIALOGS_URL (in a container: mount the folder of the socket)`;
    throw failed(name, `${path} does not take connections: ${code}`, next);
  } finally {
    socket.destroy();
  }
}

async function resolveName({ hostname }: URL): Promise<Check> {
  const name = 'DNS';
  try {
    const addresses = await lookup(hostOf(hostname), { all: true });
    const list = addresses.map(({ address }) => address).join(', ');
    return { name, verdict: 'ok', finding: `${hostname} is ${list}` };
  } catch (error) {
    throw failed(
      name,
      `${hostname} has no address from here: ${codeOf(error)}`,
      'correct the host in VICTORIALOGS_URL, or the network (in Docker: the same network as VictoriaLogs)',
    );
  }
}

async function connectTo(url: URL): Promise<Check> {
  const name = 'TCP';
  const port = portOf(url);
  const socket = connect({ host: hostOf(url.hostname), port });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(STEP_TIMEOUT_MS) });
    return { name, verdict: 'ok', finding: `port ${port} takes connections` };
  } catch (error) {
    const code = codeOf(error);
    const isSilent = code === 'ABORT_ERR' || code === 'ETIMEDOUT';
    throw failed(
      name,
      `port ${port} ${isSilent ? `does not answer in ${STEP_TIMEOUT_MS / 1000} s` : `does not take connections: ${code}`}`,
      isSilent
        ? 'let a firewall or security group in between pass this port'
        : 'start VictoriaLogs there, or correct VICTORIALOGS_URL: its port is 9428 unless it was told another',
    );
  } finally {
    socket.destroy();
  }
}

async function shakeHands(url: URL): Promise<Check> {
  const name = 'TLS';
  const host = hostOf(url.hostname);
  const servername = /^[\d.]+$|:/.test(host) ? {} : { servername: host };
  const socket = connectTls({ host, port: portOf(url), ...servername });
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(STEP_TIMEOUT_MS) });
    const days = Math.floor(
      (Date.parse(socket.getPeerCertificate().valid_to) - Date.now()) / DAY_MS,
    );
    const finding = `${socket.getProtocol()}, the certificate is good for ${days} days`;
    if (socket.getProtocol() === 'TLSv1.3') return { name, verdict: 'ok', finding };
    const next = 'let the server speak TLS 1.3';
    return {
      name,
      verdict: 'warn',
      finding: `${finding}; below TLSv1.3 a kill -9 can lose the last lines`,
      next,
    };
  } catch (error) {
    const code = codeOf(error);
    throw failed(name, `the handshake fails: ${code}`, tlsAdvice(code));
  } finally {
    socket.destroy();
  }
}

function tlsAdvice(code: string): string {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return 'use a host name in VICTORIALOGS_URL that the certificate has';
  if (/SELF_SIGNED|UNABLE_TO|ISSUER/.test(code))
    return 'name the certificate of its authority in NODE_EXTRA_CA_CERTS';
  if (/EXPIRED|NOT_YET/.test(code)) return 'renew the certificate, or set the clock';
  return 'begin VICTORIALOGS_URL with http:// if this port speaks no TLS';
}

async function store(
  server: NamedServer,
  { containerName, job }: UnderstoodSettings,
  id: string,
): Promise<Check[]> {
  const record = {
    _time: new Date().toISOString(),
    _msg: 'a test record of direct-logging doctor',
    level: 'INFO',
    stream: 'stdout',
    logger: 'direct-logging',
    container_name: containerName,
    job,
    'doctor.id': id,
  };
  const response = await fetchFrom(server, '/insert/jsonline', {
    method: 'POST',
    headers: {
      ...server.headers,
      'Content-Type': 'application/stream+json',
      'VL-Stream-Fields': 'container_name,job,stream',
    },
    body: `${JSON.stringify(record)}\n`,
    redirect: 'manual',
    signal: AbortSignal.timeout(STEP_TIMEOUT_MS),
  }).catch((error: Error) => {
    throw failed(
      'HTTP',
      `no answer to a POST of ${server.url}/insert/jsonline: ${codeOf(error.cause ?? error)}`,
      behindSocket(server) === undefined ? HTTPS_ADVICE : SOCKET_ADVICE,
    );
  });
  const text = await response.text().catch(() => '');
  const checks = [...judgeAnswer(server, response.status, text)];
  const clock = judgeClock(response.headers.get('date'));
  return clock === undefined ? checks : [...checks, clock];
}

function judgeAnswer(server: NamedServer, status: number, text: string): Check[] {
  const http: Check = { name: 'HTTP', verdict: 'ok', finding: `the server answers ${status}` };
  const reason = short(server, text);
  const { Authorization } = server.headers;
  const allowed: Check = {
    name: 'authorization',
    verdict: 'ok',
    finding: Authorization === undefined ? 'none is set, and none is asked for' : 'is accepted',
  };
  if (status === 401 || status === 403) {
    throw failed(
      'authorization',
      `the server answers ${status}: ${Authorization === undefined ? 'it asks for credentials, and none are set' : 'the credentials are not accepted'}`,
      'correct VICTORIALOGS_USERNAME and VICTORIALOGS_PASSWORD, or VICTORIALOGS_BEARER_TOKEN',
    );
  }
  if ([301, 302, 307, 308, 400, 404, 405].includes(status)) {
    throw failed(
      'HTTP',
      `${server.url}/insert/jsonline is answered ${status}${reason}`,
      urlAdvice(server, text),
    );
  }
  if (status === 429)
    throw failed(
      'HTTP',
      `the server answers 429${reason}`,
      'make room on the disk of VictoriaLogs: it answers so when its storage is read-only',
    );
  if (status >= 300)
    throw failed(
      'HTTP',
      `the server answers ${status}${reason}`,
      'look at the logs of VictoriaLogs, and of the proxy before it',
    );
  return [http, allowed];
}

/** What may be wrong with a URL, if the answer is not from the insert endpoint of VictoriaLogs. */
function urlAdvice(server: NamedServer, answer: string): string {
  if (behindSocket(server) !== undefined) return SOCKET_ADVICE;
  const { protocol, pathname } = new URL(server.url);
  // Go's servers and nginx say so themselves.
  if (protocol === 'http:' && /\bHTTPS\b/.test(answer)) return HTTPS_ADVICE;
  if (pathname !== '/') {
    return `take ${pathname} out of VICTORIALOGS_URL, unless it is the path prefix of a proxy: it is the base URL of VictoriaLogs`;
  }
  return 'correct VICTORIALOGS_URL: it has to be the base URL of VictoriaLogs, with the path prefix of a proxy if there is one';
}

/** The server tells its time in whole seconds. */
function judgeClock(date: string | null): Check | undefined {
  if (date === null || Number.isNaN(Date.parse(date))) return undefined;
  const skew = Math.round((Date.now() - Date.parse(date)) / 1000);
  const isFar = Math.abs(skew) > MOST_SKEW_S;
  const finding =
    Math.abs(skew) <= 1
      ? 'the same as the server’s'
      : `${inWords(Math.abs(skew))} ${skew > 0 ? 'ahead of' : 'behind'} the server’s`;
  const next =
    'set the clock (NTP): queries ask by time, and VictoriaLogs drops times that are far from its own';
  return { name: 'clock', verdict: isFar ? 'warn' : 'ok', finding, next: isFar ? next : undefined };
}

function inWords(seconds: number): string {
  if (seconds < 300) return `${seconds} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}

async function find(server: NamedServer, id: string): Promise<Check> {
  const name = 'test record';
  const until = Date.now() + VISIBLE_WITHIN_MS;
  for (;;) {
    try {
      const rows = await ask(server, `"doctor.id":="${id}"`, { timeoutMs: VISIBLE_WITHIN_MS });
      if (rows.length > 0) return { name, verdict: 'ok', finding: 'was stored and found again' };
    } catch (error) {
      const next =
        'look where VictoriaLogs takes queries; for audit, tail and open VICTORIALOGS_URL has to lead there';
      return {
        name,
        verdict: 'warn',
        finding: `was taken, but cannot be looked for: ${(error as CommandError).message}`,
        next,
      };
    }
    if (Date.now() > until) {
      const next = 'make sure that this is VictoriaLogs, and look at its log for dropped rows';
      throw failed(
        name,
        `was answered as stored, but is not found in ${VISIBLE_WITHIN_MS / 1000} s`,
        next,
      );
    }
    await sleep(LOOK_AGAIN_MS);
  }
}

/** Facts from the server's metrics, which a proxy may hide. */
async function about(server: NamedServer): Promise<Check[]> {
  const metrics = await fetchFrom(server, '/metrics', {
    headers: server.headers,
    signal: AbortSignal.timeout(STEP_TIMEOUT_MS),
  })
    .then((response) => (response.ok ? response.text() : ''))
    .catch(() => '');
  const version = /short_version="([^"]+)"/.exec(metrics)?.[1];
  if (version === undefined) return [];
  const retention = /flag\{name="retentionPeriod", value="([^"]*)"/.exec(metrics)?.[1];
  const kept = retention === undefined ? '' : `, keeps records for ${retention}`;
  return [{ name: 'server', verdict: 'note', finding: `version ${version}${kept}` }];
}

function failed(name: string, finding: string, next: string): Stop {
  return new Stop({ name, verdict: 'fail', finding, next });
}

function short(server: NamedServer, text: string): string {
  const reason = withoutCredentials(text, server.headers).replace(/\s+/g, ' ').trim();
  return reason === '' ? '' : `: ${reason.slice(0, MAX_REASON_LENGTH)}`;
}

function codeOf(error: unknown): string {
  const { code, name } = error as NodeJS.ErrnoException;
  return code ?? name;
}

function hostOf(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}

function portOf({ port, protocol }: URL): number {
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}
