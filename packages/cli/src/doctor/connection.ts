/** Whether a connection to the server can be made: the name, the port, the certificate. */
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type PeerCertificate } from 'node:tls';
import { DAY_MS, type NamedServer, readAddress } from '@direct-logging/core';
import { hostOf, serverNameOf } from '../fetch-from.ts';
import { type Check, checked, failed, STEP_S, STEP_TIMEOUT_MS } from './check.ts';

export async function* connectionSteps(server: NamedServer): AsyncGenerator<Check> {
  const { socketPath } = readAddress(server.url);
  if (socketPath !== '') return yield connectToSocket(socketPath);
  const url = new URL(server.url);
  if (isIP(hostOf(url)) === 0) yield resolveName(url);
  yield connectTo(url);
  if (url.protocol === 'https:') yield shakeHands(url);
}

async function connectToSocket(path: string): Promise<Check> {
  const name = 'socket';
  const code = await whyNot(connect({ path }));
  if (code === undefined) return checked('ok', name, `${path} takes connections`);
  const next =
    code === 'EACCES'
      ? 'let this user write to the socket, and enter the folders above it'
      : `start VictoriaLogs with -httpListenAddr=unix:${path}, or correct VICTORIALOGS_URL (in a container: mount the folder of the socket)`;
  return failed(name, `${path} does not take connections: ${code}`, next);
}

async function resolveName(url: URL): Promise<Check> {
  const name = 'DNS';
  const hostname = hostOf(url);
  try {
    const addresses = await lookup(hostname, { all: true });
    const list = addresses.map(({ address }) => address).join(', ');
    return checked('ok', name, `${hostname} is ${list}`);
  } catch (error) {
    return failed(
      name,
      `${hostname} has no address from here: ${codeOf(error)}`,
      'correct the host in VICTORIALOGS_URL, or the network (in Docker: the same network as VictoriaLogs)',
    );
  }
}

async function connectTo(url: URL): Promise<Check> {
  const name = 'TCP';
  const port = portOf(url);
  const code = await whyNot(connect({ host: hostOf(url), port }));
  if (code === undefined) return checked('ok', name, `port ${port} takes connections`);
  const isSilent = code === 'ABORT_ERR' || code === 'ETIMEDOUT';
  const isBlocked = isSilent || /^E(?:HOST|NET)UNREACH$/.test(code);
  const how = isSilent ? `does not answer in ${STEP_S} s` : `does not take connections: ${code}`;
  const pass =
    'let a firewall or security group in between pass this port, or correct the host in VICTORIALOGS_URL';
  return failed(name, `port ${port} ${how}`, isBlocked ? pass : refusalAdvice(url));
}

/** The code of the error that keeps it from connecting. */
async function whyNot(socket: Socket): Promise<string | undefined> {
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(STEP_TIMEOUT_MS) });
    return undefined;
  } catch (error) {
    return codeOf(error);
  } finally {
    socket.destroy();
  }
}

function refusalAdvice(url: URL): string {
  const advice = 'start VictoriaLogs there, or correct VICTORIALOGS_URL: its default port is 9428';
  const host = hostOf(url);
  if (!/^(?:localhost|127\.[\d.]+|::1)$/.test(host)) return advice;
  return `${advice} (in a container, ${host} is the container itself)`;
}

async function shakeHands(url: URL): Promise<Check> {
  const name = 'TLS';
  const host = hostOf(url);
  const socket = connectTls({ host, port: portOf(url), servername: serverNameOf(url) });
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(STEP_TIMEOUT_MS) });
    const days = Math.floor(
      (Date.parse(socket.getPeerCertificate().valid_to) - Date.now()) / DAY_MS,
    );
    const finding = `${socket.getProtocol()}, the certificate is valid for ${days} days`;
    if (socket.getProtocol() === 'TLSv1.3') return checked('ok', name, finding);
    const risk = `${finding}; below TLSv1.3 a kill -9 can lose the last lines`;
    return checked('warn', name, risk, 'let the server speak TLS 1.3');
  } catch (error) {
    const code = codeOf(error);
    const { cert } = error as { readonly cert?: PeerCertificate };
    const names = cert?.subjectaltname === undefined ? '' : `; it has ${cert.subjectaltname}`;
    return failed(name, `the handshake fails: ${code}${names}`, tlsAdvice(code));
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

export function codeOf(error: unknown): string {
  const { code, name } = error as { readonly code?: unknown; readonly name: string };
  // The code of a timeout is a number that says nothing.
  return typeof code === 'string' ? code : name;
}

function portOf({ port, protocol }: URL): number {
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}
