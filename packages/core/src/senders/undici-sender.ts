/** The portable sender: sends batches through undici, over http and https and on every platform. Loads undici when it is needed. @lazy */
import { isIP, type Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import type { buildConnector, Client, Dispatcher } from 'undici';
import { bareOptions } from '../process/bare-options.ts';
import { waiting, whileLoopGoesOn } from '../process/ending.ts';
import { guarded } from '../process/guard.ts';
import {
  afterThisRun,
  nodeTimers,
  steadyClock,
  type Timers,
  wallClock,
} from '../process/timers.ts';
import { takeBatch } from './batch.ts';
import { type BlockRange, bytesOf, linesIn } from './block.ts';
import { type Endpoint, reached } from './endpoint.ts';
import { IdleTimeout } from './idle-timeout.ts';
import { outcomeOfAnswer } from './judge-answer.ts';
import type { Outcome } from './outcome.ts';
import {
  ANSWER_TIMEOUT_MS,
  CONNECT_TIMEOUT_MS,
  connectTimeout,
  HANDSHAKE_TIMEOUT_MS,
  REST_MS,
  type Sender,
  type SenderHost,
  type SenderSettings,
} from './sender.ts';
import { noInherited, type Trust, tlsOptions } from './tls-options.ts';
import { type LookupOptions, lookupOptions, watchAttempt } from './write-through/socket.ts';

/** Of a longer answer, the rest is not read, and its connection is closed. */
const MAX_ANSWER_BYTES = 64 * 1024;
/** Less than the 60 s after which VictoriaLogs closes an idle connection. */
const KEEP_ALIVE_MS = 50_000;

type Connector = (
  options: buildConnector.Options,
  callback: (...args: [null, Socket] | [Error, null]) => void,
) => Socket | undefined;
type BuildConnector = (
  options: Trust &
    LookupOptions & {
      readonly timeout: number;
      readonly socketPath: string | undefined;
    },
) => Connector;

/** Sends one batch at a time: at once when idle. Lines that come while a batch is in flight go into the next one. */
export class UndiciSender implements Sender {
  readonly #endpoint: Endpoint;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #connectTimeoutMs: number;
  readonly #host: SenderHost;
  #undici: Undici | undefined;
  #client: Client | undefined;
  #busy = false;
  #inFlight: BlockRange[] = [];
  /** Without a connection, nothing of a request has left. */
  #hasConnected = false;
  #closed = false;
  /** Whether the connection of the last request is still there. */
  #isConnected = false;
  #settledAt = 0;
  readonly #idleTimeout = new IdleTimeout();
  readonly #timers: Timers;

  constructor(settings: SenderSettings, host: SenderHost, timers: Timers = nodeTimers) {
    this.#endpoint = settings.endpoint;
    this.#headers = settings.headers;
    this.#connectTimeoutMs = connectTimeout(settings, HANDSHAKE_TIMEOUT_MS);
    this.#host = host;
    this.#timers = timers;
  }

  async ready(): Promise<void> {}

  pump(): void {
    if (this.#busy || this.#closed || this.#host.lines === 0) return;
    this.#busy = true;
    // Lines of the same synchronous run are sent together.
    afterThisRun(() => whileLoopGoesOn(() => void this.#sendAll()));
  }

  close(): void {
    this.#closed = true;
    this.#settle({ kind: 'cancelled', untaken: this.#untaken });
    this.#disconnect('closed');
  }

  get #untaken(): number {
    return this.#hasConnected ? 0 : linesIn(this.#inFlight);
  }

  #disconnect(why: string): void {
    this.#client?.destroy(new Error(why)).catch(() => {});
    this.#client = undefined;
  }

  async #sendAll(): Promise<void> {
    while (!this.#closed && this.#host.lines > 0) {
      const body = this.#takeBatch();
      this.#settle(await this.#send(body));
      if (!this.#hasConnected) {
        this.#later(() => void this.#sendAll(), REST_MS);
        return;
      }
    }
    this.#busy = false;
  }

  #takeBatch(): Buffer {
    this.#inFlight = takeBatch(this.#host);
    return Buffer.concat(this.#inFlight.map(bytesOf));
  }

  #settle(outcome: Outcome): void {
    const ranges = this.#inFlight;
    this.#inFlight = [];
    this.#settledAt = steadyClock();
    if (ranges.length > 0) this.#host.settle(ranges, outcome);
  }

  async #send(body: Buffer): Promise<Outcome> {
    const isUsed = this.#isConnected;
    if (isUsed) this.#idleTimeout.lasted(steadyClock() - this.#settledAt);
    // Each byte, and each interim answer, renews undici's timeout.
    const wholeMs = this.#connectTimeoutMs + 2 * ANSWER_TIMEOUT_MS;
    const timer = this.#timers.start(() => this.#disconnect('the answer has no end'), wholeMs);
    timer.unref();
    try {
      this.#undici ??= await loadUndici();
      const { Client, request, buildConnector } = this.#undici;
      if (this.#closed) throw new Error('closed');
      this.#client ??= this.#makeClient(Client, buildConnector);
      const { path } = this.#endpoint;
      const options = bareOptions({ method: 'POST' as const, path, headers: this.#headers, body });
      const response = await request.call(this.#client, options);
      if (isUsed) this.#idleTimeout.keepsAlive = true;
      const { date, location, 'retry-after': retryAfter, 'content-type': type } = response.headers;
      const answer = {
        status: response.statusCode,
        retryAfter: retryAfter?.toString(),
        location: location?.toString(),
        date: date?.toString(),
        type: type?.toString(),
        body: await beginningOf(response.body),
      };
      return outcomeOfAnswer(answer, this.#headers, wallClock());
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const reason = code ?? message;
      return { kind: 'retryable', reason, contactLost: true, untaken: this.#untaken };
    } finally {
      this.#timers.stop(timer);
    }
  }

  /** Node waits for an attempt to connect, but not for the TLS handshake. */
  #limit(connecting: Socket): void {
    const leftMs = (waiting.until ?? 0) - steadyClock();
    // After the deadline of a natural end the program goes on, or nothing more is sent.
    const ms = leftMs > 0 ? Math.min(CONNECT_TIMEOUT_MS, leftMs) : CONNECT_TIMEOUT_MS;
    const giveUp = (): void => {
      if (connecting.connecting)
        connecting.destroy(new Error(`no connection within ${Math.round(ms)} ms`));
    };
    // The event loop may hear now that it is connected.
    this.#later(() => this.#later(giveUp, 0), ms);
  }

  #later(act: () => void, ms: number): void {
    this.#timers.start(act, ms).unref();
  }

  #makeClient(Made: typeof Client, build: BuildConnector): Client {
    const options = bareOptions({
      headersTimeout: ANSWER_TIMEOUT_MS,
      bodyTimeout: ANSWER_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connect: this.#makeConnector(build),
    });
    const client = new Made(originOf(this.#endpoint), options);
    const ended = guarded((_: URL, __: unknown, error: Error) => this.#connectionEnded(error));
    return client.on('disconnect', ended);
  }

  /** A server that closes an idle connection may have been killed, unless it did so after the same time before. */
  #connectionEnded(error: NodeJS.ErrnoException): void {
    this.#isConnected = false;
    // Ended by undici: the answer said so, or the connection was idle for too long.
    if (this.#closed || error.code === 'UND_ERR_INFO') return;
    if (this.#idleTimeout.explains(steadyClock() - this.#settledAt)) return;
    this.#host.connection('lost', error.message);
    this.pump();
  }

  #makeConnector(build: BuildConnector): Connector {
    const { protocol, hostname, socketPath } = this.#endpoint;
    return (options, callback) => {
      // Read for each connection, since the program may have changed its TLS settings. No session is resumed.
      const tls: Partial<Trust> = protocol === 'https:' ? tlsOptions(hostname) : {};
      const connect = build({
        ...noInherited(),
        timeout: this.#connectTimeoutMs,
        socketPath: socketPath || undefined,
        ...lookupOptions(hostname),
        ...tls,
      });
      const to = bareOptions({ ...options, servername: tls.servername ?? '' });
      const connecting = connect(to, (error, socket) => {
        this.#hasConnected = this.#isConnected = error === null;
        if (error !== null) return callback(error, null);
        neverHoldsTheLoop(socket as Socket);
        this.#host.connection('made', howOf(socket as Socket));
        callback(null, socket as Socket);
      });
      if (connecting) {
        watchAttempt(connecting, hostname);
        if (isIP(hostname) === 0 && !socketPath)
          connecting.once(
            'lookup',
            guarded(() => this.#limit(connecting)),
          );
        else this.#limit(connecting);
      }
      // Covers the TLS handshake, too.
      connecting?.unref();
      return connecting;
    };
  }
}

/** The beginning of an answer, for people to read. An answer that never ends must not fill the memory. */
async function beginningOf(body: Dispatcher.ResponseData['body']): Promise<string> {
  let text = '';
  // A letter may come in two pieces.
  const decoder = new StringDecoder();
  for await (const piece of body) {
    text += decoder.write(piece as Buffer);
    if (text.length > MAX_ANSWER_BYTES) break;
  }
  return text;
}

interface Undici {
  readonly Client: typeof Client;
  readonly request: Client['request'];
  readonly buildConnector: BuildConnector;
}

/**
 * The files of undici's Client load in a third of the time of all of undici (of a hundred milliseconds and more). They are not part of
 * its public interface: when one is missing, as in the bundle of a program, undici is imported by its name, which bundlers see.
 */
async function loadUndici(): Promise<Undici> {
  try {
    // Not imported: ESM bundles often begin with a `createRequire` of their own.
    const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);
    return {
      Client: require('undici/lib/dispatcher/client.js'),
      request: require('undici/lib/api/api-request.js'),
      buildConnector: require('undici/lib/core/connect.js'),
    };
  } catch {
    const { Client, buildConnector } = await import('undici');
    const connector = buildConnector as unknown as BuildConnector;
    return { Client, request: Client.prototype.request, buildConnector: connector };
  }
}

function originOf({ protocol, hostname, port }: Endpoint): string {
  return `${protocol}//${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}`;
}

function howOf(socket: Socket & { readonly getProtocol?: () => string | null }): string {
  const tls = socket.getProtocol?.() ?? '';
  const how = `${tls === '' ? '' : `${tls}, `}batches through undici`;
  return `${reached(socket.remoteAddress, socket.remotePort)}, ${how}`;
}

/**
 * undici refs its socket for each request, but our sockets must not keep the application alive.
 * https://github.com/nodejs/undici/blob/main/lib/dispatcher/client-h1.js
 */
function neverHoldsTheLoop(socket: Socket): void {
  socket.unref();
  socket.ref = () => socket;
}
