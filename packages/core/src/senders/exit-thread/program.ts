/**
 * What runs in the thread of an exiting process: it posts each body that it is given, and says how far it has come. The first message
 * that it is given has the headers.
 */
import type { LookupAddress } from 'node:dns';
import type { IncomingMessage } from 'node:http';
import type { LookupFunction, Socket } from 'node:net';
import { steadyClock } from '../../process/timers.ts';
import type { Endpoint } from '../endpoint.ts';
import { serverName } from '../tls-options.ts';
import { Progress, STAGE, sharedWord } from './protocol.ts';
import { optionsFor, type TlsPolicy } from './tls-policy.ts';

export interface ThreadData {
  readonly endpoint: Endpoint;
  readonly word: SharedArrayBuffer;
  /** Where it puts how long the server took for its last answer, in whole milliseconds. */
  readonly took: SharedArrayBuffer;
  /** Where it puts why not everything was acknowledged: the length of the text, then the text. */
  readonly reason: SharedArrayBuffer;
  /** Undefined for http. */
  readonly tls: TlsPolicy | undefined;
  /** What the process has just found for the host's name. A slow name server would take as long again. */
  readonly addresses: LookupAddress[] | undefined;
}

const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads');
const { endpoint, word, took, reason, tls, addresses } = workerData as ThreadData;
const progress = new Progress(sharedWord(word));
const tookMs = new Int32Array(took);
let connected: Socket | undefined;
let begunAt = 0;
let isOver = false;
const { family = 4, address = '' } = addresses?.[0] ?? {};
const found: LookupFunction = (_name, { all }, callback) =>
  setImmediate(() => (all ? callback(null, addresses ?? []) : callback(null, address, family)));
const { Agent, request } =
  tls === undefined
    ? process.getBuiltinModule('node:http')
    : process.getBuiltinModule('node:https');

process.on('uncaughtException', fail);
progress.reached(STAGE.running);
const agent = new Agent({
  keepAlive: true,
  maxSockets: 1,
  // Node checks no certificate when it resumes a session.
  maxCachedSessions: 0,
  ...(tls && optionsFor(tls)),
});
parentPort?.once('message', (headers) => {
  // The next body comes when the one before is acknowledged.
  parentPort.on('message', (body) => post(body, headers));
});

function post(body: Uint8Array, headers: Readonly<Record<string, string>>): void {
  const { hostname, port, socketPath, path } = endpoint;
  const sent = request({
    ...(socketPath === '' ? { host: hostname, port } : { socketPath }),
    ...(addresses && { lookup: found }),
    ...(tls && { servername: serverName(hostname) }),
    path,
    method: 'POST',
    agent: agent as never,
    headers: { ...headers, 'Content-Length': body.length },
  });
  const begin = (): void => {
    begunAt = steadyClock();
    if (progress.begun()) sent.end(body);
    else sent.destroy();
  };
  sent.on('socket', (socket) => {
    if (socket === connected) return begin();
    connected = socket;
    socket.once('lookup', () => progress.reached(STAGE.resolved));
    socket.once('connect', () => progress.reached(STAGE.connected));
    socket.once(tls === undefined ? 'connect' : 'secureConnect', begin);
  });
  sent.on('error', fail);
  sent.on('response', (response) => {
    response.resume();
    response.on('end', () => judge(response, sent.writableFinished));
  });
}

function judge({ statusCode = 0, headers }: IncomingMessage, isComplete: boolean): void {
  if (statusCode < 200 || statusCode >= 300) end(`status ${statusCode}`, true);
  else if (headers['content-type']?.startsWith('text/html'))
    end(`status ${statusCode} with a web page`, true);
  else if (!isComplete) end('answered too early');
  else {
    tookMs[0] = Math.ceil(steadyClock() - begunAt);
    progress.acknowledged();
  }
}

function fail(error: NodeJS.ErrnoException): void {
  end(error.code ?? error.message);
}

function end(why: string, isRefused = false): void {
  if (isOver) return;
  isOver = true;
  const bytes = new TextEncoder().encode(why).subarray(0, reason.byteLength - 1);
  const memory = new Uint8Array(reason);
  memory.set(bytes, 1);
  memory[0] = bytes.length;
  progress.ended(isRefused);
  agent.destroy();
}
