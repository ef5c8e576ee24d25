/** A TCP proxy in front of a server that can be told to misbehave in the ways in which servers and networks do. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from '../environment/victorialogs-process.ts';
import { RequestReader } from './request-reader.ts';

/** What the proxy does from now on. */
export type Fault =
  | { readonly kind: 'pass' }
  /** Nobody listens, and the connections that are there are cut. */
  | { readonly kind: 'refuse' }
  /** Takes connections and requests, and neither answers nor passes anything on. */
  | { readonly kind: 'hang' }
  /** Passes requests on and cuts the connection instead of passing their answers back. */
  | { readonly kind: 'lose-answers' }
  /** Connections that are there swallow everything without a sign, for good; new ones work. */
  | { readonly kind: 'forget' }
  /** Passes so many bytes of each request on and then resets the connection. */
  | { readonly kind: 'reset'; readonly afterBytes: number }
  /** Passes answers back later; `fromLines`: only those to requests with so many lines, as a server does whose storage is busy. */
  | { readonly kind: 'delay'; readonly ms: number; readonly fromLines?: number }
  /** Closes connections on which no request is in flight and nothing came for so long. */
  | { readonly kind: 'close-idle'; readonly ms: number }
  /** Reads each request to its end and answers it itself; `echoes`: with the head of the request, as some gateways do. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly retryAfter?: number;
      readonly echoes?: true;
    };

/** A running proxy. */
export interface FaultProxy {
  /** Base URL to use instead of the server's. */
  readonly url: string;
  /** Changes what it does, for connections that are there as well. */
  misbehave(fault: Fault): Promise<void>;
  readonly seen: Seen;
  stop(): Promise<void>;
}

/** What came since the start. */
interface Seen {
  /** Requests that ended or were cut. */
  requests: number;
  lines: number;
  connections: number;
  /** How often a client met a fault: a request or an answer that was not passed on, or a connection that was cut. */
  faults: number;
  /** From when to when, by `performance.now()`, the server waited for the rest of a request that was swallowed. */
  readonly halfRequests: { readonly fromMs: number; readonly toMs: number }[];
}

interface State {
  readonly hostname: string;
  readonly port: number;
  readonly pairs: Set<Pair>;
  readonly seen: Seen;
  fault: Fault;
}

/** Starts a proxy to the server at this base URL, at first without a fault. */
export async function startFaultProxy(serverUrl: string): Promise<FaultProxy> {
  const { hostname, port } = new URL(serverUrl);
  const state: State = {
    hostname,
    port: Number(port),
    pairs: new Set(),
    seen: { requests: 0, lines: 0, connections: 0, faults: 0, halfRequests: [] },
    fault: { kind: 'pass' },
  };
  const ownPort = await freePort();
  let listener = await listen(state, ownPort);
  return {
    url: `http://127.0.0.1:${ownPort}`,
    seen: state.seen,
    async misbehave(fault) {
      const wasRefusing = state.fault.kind === 'refuse';
      state.fault = fault;
      if (fault.kind === 'refuse') await silence(listener, state);
      else if (wasRefusing) listener = await listen(state, ownPort);
      for (const pair of state.pairs) {
        pair.watchIdleness();
        if (fault.kind === 'forget') pair.isForgotten = true;
      }
    },
    stop: () => silence(listener, state),
  };
}

async function listen(state: State, port: number): Promise<Server> {
  const listener = createServer({ noDelay: true }, (client) => {
    state.seen.connections++;
    new Pair(client, state);
  }).listen(port, '127.0.0.1');
  await once(listener, 'listening');
  return listener;
}

async function silence(listener: Server, state: State): Promise<void> {
  const closed = listener.listening ? once(listener, 'close') : undefined;
  listener.close();
  for (const pair of state.pairs) pair.cut();
  await closed;
}

/** Each line has it once. */
const MARK = '"_msg"';

/** A client's connection and, once something is passed on, ours to the server. */
class Pair {
  isForgotten = false;
  readonly #client: Socket;
  readonly #state: State;
  readonly #requests = new RequestReader();
  #server: Socket | undefined;
  /** Decided at the beginning of each request. */
  #fault: Fault = { kind: 'pass' };
  #passedBytes = 0;
  /** How the request began that is echoed. */
  #head = '';
  /** Requests that were passed on and not answered yet. */
  #awaited = 0;
  /** Lines of the current request. */
  #lines = 0;
  /** Whether the server has a part of the current request. */
  #isBegun = false;
  /** Since when the rest of such a request is swallowed. */
  #halfSinceMs: number | undefined;
  /** Its last characters so far: a mark may come in two pieces. */
  #end = '';

  constructor(client: Socket, state: State) {
    this.#client = client;
    this.#state = state;
    state.pairs.add(this);
    client.on('data', (bytes) => this.#take(bytes));
    client.on('error', () => this.cut());
    client.on('close', () => {
      this.#server?.end();
      state.pairs.delete(this);
    });
    client.on('timeout', () => {
      if (this.#awaited === 0 && !this.#requests.isWithin) client.end();
    });
    this.watchIdleness();
  }

  watchIdleness(): void {
    const { fault } = this.#state;
    this.#client.setTimeout(fault.kind === 'close-idle' ? fault.ms : 0);
  }

  cut(): void {
    if (!this.#client.destroyed) this.#state.seen.faults++;
    this.#client.resetAndDestroy();
    this.#server?.destroy();
  }

  #take(bytes: Buffer): void {
    const now = this.#state.fault;
    if (this.isForgotten || now.kind === 'hang') this.#swallow();
    if (this.isForgotten) return;
    if (now.kind === 'hang') this.#fault = now;
    for (const part of this.#requests.read(bytes)) {
      if (part.begins) {
        this.#fault = this.#state.fault;
        this.#passedBytes = 0;
        this.#isBegun = false;
        this.#lines = 0;
        this.#end = '';
        this.#head = part.bytes.toString('latin1').split('\r\n\r\n', 1)[0] ?? '';
      }
      const text = this.#end + part.bytes.toString('latin1');
      const lines = text.split(MARK).length - 1;
      this.#end = text.slice(1 - MARK.length);
      this.#lines += lines;
      this.#state.seen.lines += lines;
      this.#handle(part.bytes, part.ends);
      if (part.ends) this.#state.seen.requests++;
      if (this.#client.destroyed) return;
    }
  }

  #handle(bytes: Buffer, ends: boolean): void {
    const fault = this.#fault;
    if (fault.kind === 'hang' || fault.kind === 'answer') {
      if (ends) this.#state.seen.faults++;
      if (ends && fault.kind === 'answer') this.#client.write(answerWith(fault, this.#head));
      return;
    }
    if (fault.kind === 'reset') {
      const rest = fault.afterBytes - this.#passedBytes;
      this.#passedBytes += bytes.length;
      this.#pass(bytes.subarray(0, rest));
      if (bytes.length >= rest) this.cut();
      return;
    }
    if (ends) this.#awaited++;
    this.#pass(bytes);
  }

  #swallow(): void {
    if (this.#isBegun && this.#requests.isWithin) this.#halfSinceMs ??= performance.now();
  }

  #pass(bytes: Buffer): void {
    this.#server ??= this.#connect();
    this.#isBegun = true;
    this.#server.write(bytes);
  }

  #connect(): Socket {
    const server = connect({ port: this.#state.port, host: this.#state.hostname, noDelay: true });
    server.on('data', (bytes) => this.#answer(bytes));
    server.on('error', () => this.cut());
    server.on('close', () => {
      this.#client.end();
      if (this.#halfSinceMs === undefined) return;
      const { halfRequests } = this.#state.seen;
      halfRequests.push({ fromMs: this.#halfSinceMs, toMs: performance.now() });
    });
    return server;
  }

  #answer(bytes: Buffer): void {
    const fault = this.#state.fault;
    // VictoriaLogs answers a request in one piece.
    this.#awaited--;
    if (fault.kind === 'hang') this.#state.seen.faults++;
    else if (fault.kind === 'lose-answers') this.cut();
    else if (fault.kind === 'delay' && this.#lines >= (fault.fromLines ?? 0))
      setTimeout(() => this.#client.write(bytes), fault.ms);
    else this.#client.write(bytes);
  }
}

function answerWith(fault: Fault & { readonly kind: 'answer' }, head: string): string {
  const { status, retryAfter, echoes } = fault;
  const text = `answer ${status} of the fault proxy${echoes ? ` to ${head}` : ''}`;
  const wait = retryAfter === undefined ? '' : `Retry-After: ${retryAfter}\r\n`;
  return `HTTP/1.1 ${status} Fault\r\n${wait}Content-Length: ${text.length}\r\n\r\n${text}`;
}
