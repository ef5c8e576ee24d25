/**
 * A small Runtime API of AWS Lambda, for the cases that the emulator cannot produce: above all, a caller gets its answer
 * when the function has given it, as in AWS, and not when the function asks for its next invocation.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a function may send. */
type ArrivalKind =
  | 'next'
  | 'response'
  | 'error'
  | 'init error'
  | 'extension register'
  | 'extension next';

/** A request of the function, when it had arrived as a whole. */
interface Arrival {
  readonly kind: ArrivalKind;
  /** Of a response and an error. */
  readonly requestId: string | undefined;
  /** Milliseconds on the clock of `performance.now()`. */
  readonly atMs: number;
}

/** What the caller gets. */
export interface Answer {
  /** `exit`: the function ended without an answer. */
  readonly kind: 'response' | 'error' | 'init error' | 'exit';
  /** JSON text. */
  readonly body: string;
  /** Of a streamed answer that broke off: the error, as JSON text. */
  readonly streamError?: string;
}

/** How an invocation reaches the function. */
export interface InvokeOptions {
  /** Default: a random one. */
  readonly requestId?: string | undefined;
  /** `Root=1-…;Parent=…;Sampled=1`. Default: none. */
  readonly xrayHeader?: string | undefined;
  /** What the caller passes beside the event. Default: nothing. */
  readonly clientContext?: object | undefined;
  /** Of the customer that the function works for. Default: none. */
  readonly tenantId?: string | undefined;
  /** Time until the deadline that the function is told, in milliseconds. Default: 10,000. Nobody enforces it. */
  readonly timeoutMs?: number | undefined;
}

/** How the server behaves. */
export interface RuntimeApiOptions {
  /** When the caller gets its answer: as in AWS, or as with the emulator. Default: `response`. */
  readonly releaseAt?: 'response' | 'next' | undefined;
  /** Default: extensions can register. */
  readonly refusesExtensions?: boolean | undefined;
  /** Called when a request has arrived and before it is answered: the moment to freeze or kill the function. */
  readonly onArrival?: ((arrival: Arrival) => void) | undefined;
  /** Default: 127.0.0.1. */
  readonly host?: string | undefined;
  /** Default: a free one. */
  readonly port?: number | undefined;
}

/** A running server. */
export interface RuntimeApi {
  /** `host:port`, for `AWS_LAMBDA_RUNTIME_API`. */
  readonly address: string;
  /** Everything that the function has sent, in order. */
  readonly arrivals: readonly Arrival[];
  /** Invokes the function, as soon as it asks for an invocation. */
  invoke(event: unknown, options?: InvokeOptions): Promise<Answer>;
  /** Resolves when the function waits for an invocation, at once when it does already; rejects when it has ended. */
  untilIdle(): Promise<void>;
  /** Tells that the function's process has ended: whoever waits for an answer gets that. */
  functionEnded(): void;
  stop(): Promise<void>;
}

interface Invocation {
  readonly requestId: string;
  readonly headers: Record<string, string>;
  readonly event: string;
  /** What the function has answered, while the caller does not have it yet. */
  answer?: Answer;
  readonly settle: (answer: Answer) => void;
}

const PREFIX = '/2018-06-01/runtime/';
const EXTENSION_PREFIX = '/2020-01-01/extension/';
const EXTENSION_ID = '2f6d1a52-6d3c-4d8e-9d0e-4a4a3f1f7a11';
const FRONT_DOOR = '/2015-03-31/functions/function/invocations';

/** Starts the server. Callers use `invoke`, or POST an event to the address that the emulator has for it. */
export async function startRuntimeApi(options: RuntimeApiOptions = {}): Promise<RuntimeApi> {
  const api = new InvocationQueue(options);
  const server = createServer((request, response) => {
    route(api, request, response).catch(() => response.destroy());
  });
  server.listen(options.port ?? 0, options.host ?? '127.0.0.1');
  await once(server, 'listening');
  const { address, port } = server.address() as AddressInfo;
  return {
    address: `${address}:${port}`,
    arrivals: api.arrivals,
    invoke: (event, how) => api.invoke(JSON.stringify(event), how),
    untilIdle: () => api.untilIdle(),
    functionEnded: () => api.giveUp({ kind: 'exit', body: '{"errorType":"Runtime.ExitError"}' }),
    stop: () => stop(server),
  };
}

async function stop(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

async function route(
  api: InvocationQueue,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await textOf(request);
  const url = request.url ?? '';
  if (url === FRONT_DOOR) return answerCaller(api, request, body, response);
  if (url.startsWith(EXTENSION_PREFIX)) {
    return answerExtension(api, url.slice(EXTENSION_PREFIX.length), request, response);
  }
  const path = url.startsWith(PREFIX) ? url.slice(PREFIX.length) : '';
  if (path === 'invocation/next') return api.next(response);
  const [, id, what] = /^invocation\/([^/]+)\/(response|error)$/.exec(path) ?? [];
  if (id !== undefined) {
    const kind = what as 'response' | 'error';
    api.answer(decodeURIComponent(id), { kind, body, ...streamErrorOf(request) });
  } else if (path === 'init/error') api.initError(body);
  else return void response.writeHead(404).end();
  response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}');
}

/** As in AWS: an extension must come before the first invocation is asked for, and hears of the events that it wants. */
function answerExtension(
  api: InvocationQueue,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const isNamed = request.headers['lambda-extension-name'] !== undefined;
  if (path === 'register' && isNamed && api.takesExtensions) {
    api.extensionArrived('extension register');
    response.setHeader('lambda-extension-identifier', EXTENSION_ID);
    response.end('{"functionName":"lambda-hello","functionVersion":"$LATEST"}');
  } else if (
    path === 'event/next' &&
    request.headers['lambda-extension-identifier'] === EXTENSION_ID
  ) {
    api.extensionArrived('extension next');
  } else {
    response.writeHead(403).end('{"errorType":"Extension.Refused"}');
  }
}

/** A streamed answer tells in trailers that it broke off. */
function streamErrorOf({ trailers }: IncomingMessage): Pick<Answer, 'streamError'> {
  const error = trailers['lambda-runtime-function-error-body'];
  return error === undefined ? {} : { streamError: Buffer.from(error, 'base64').toString() };
}

async function answerCaller(
  api: InvocationQueue,
  request: IncomingMessage,
  event: string,
  response: ServerResponse,
): Promise<void> {
  const header = (name: string) => request.headers[name]?.toString();
  const context = header('x-amz-client-context');
  const { kind, body } = await api.invoke(event, {
    requestId: header('x-amzn-requestid'),
    xrayHeader: header('x-amzn-trace-id'),
    clientContext: context && JSON.parse(Buffer.from(context, 'base64').toString()),
  });
  response.writeHead(kind === 'exit' || kind === 'init error' ? 502 : 200).end(body);
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request.setEncoding('utf8')) text += part;
  return text;
}

/** Invocations for a function that may ask for several at a time, and may die at any time. */
class InvocationQueue {
  readonly arrivals: Arrival[] = [];
  readonly #options: RuntimeApiOptions;
  readonly #waiting: Invocation[] = [];
  readonly #idleListeners: { readonly tell: () => void; readonly fail: (error: Error) => void }[] =
    [];
  readonly #running = new Map<string, Invocation>();
  readonly #idle: ServerResponse[] = [];
  #failure: Answer | undefined;

  constructor(options: RuntimeApiOptions) {
    this.#options = options;
  }

  invoke(event: string, options: InvokeOptions = {}): Promise<Answer> {
    if (this.#failure) return Promise.resolve(this.#failure);
    return new Promise((settle) => {
      const requestId = options.requestId ?? randomUUID();
      this.#waiting.push({ requestId, event, settle, headers: headersFor(requestId, options) });
      this.#dispatch();
    });
  }

  get takesExtensions(): boolean {
    return !this.#options.refusesExtensions && !this.arrivals.some(({ kind }) => kind === 'next');
  }

  extensionArrived(kind: 'extension register' | 'extension next'): void {
    this.#arrived(kind, undefined);
  }

  next(response: ServerResponse): void {
    this.#arrived('next', undefined);
    this.#release();
    this.#idle.push(response);
    response.on('close', () => {
      const at = this.#idle.indexOf(response);
      if (at >= 0) this.#idle.splice(at, 1);
    });
    for (const { tell } of this.#idleListeners.splice(0)) tell();
    this.#dispatch();
  }

  answer(requestId: string, answer: Answer & { kind: 'response' | 'error' }): void {
    this.#arrived(answer.kind, requestId);
    const invocation = this.#running.get(requestId);
    if (invocation === undefined) return;
    invocation.answer = answer;
    if (this.#options.releaseAt !== 'next') this.#release();
  }

  initError(body: string): void {
    this.#arrived('init error', undefined);
    this.giveUp({ kind: 'init error', body });
  }

  /** The function will answer nothing any more: what it has answered already still counts. */
  giveUp(failure: Answer): void {
    this.#failure ??= failure;
    this.#release();
    for (const { settle } of [...this.#running.values(), ...this.#waiting.splice(0)]) {
      settle(this.#failure);
    }
    this.#running.clear();
    for (const { fail } of this.#idleListeners.splice(0)) fail(hasEnded(this.#failure));
  }

  untilIdle(): Promise<void> {
    if (this.#idle.length > 0) return Promise.resolve();
    if (this.#failure) return Promise.reject(hasEnded(this.#failure));
    return new Promise((tell, fail) => {
      this.#idleListeners.push({ tell, fail });
    });
  }

  #arrived(kind: ArrivalKind, requestId: string | undefined): void {
    const arrival = { kind, requestId, atMs: performance.now() };
    this.arrivals.push(arrival);
    this.#options.onArrival?.(arrival);
  }

  #release(): void {
    for (const { requestId, answer, settle } of [...this.#running.values()]) {
      if (answer === undefined) continue;
      settle(answer);
      this.#running.delete(requestId);
    }
  }

  #dispatch(): void {
    while (this.#idle.length > 0 && this.#waiting.length > 0) {
      const invocation = this.#waiting.shift() as Invocation;
      this.#running.set(invocation.requestId, invocation);
      this.#idle.shift()?.writeHead(200, invocation.headers).end(invocation.event);
    }
  }
}

function hasEnded({ body }: Answer): Error {
  return new Error(`The function has ended: ${body}`);
}

function headersFor(requestId: string, options: InvokeOptions): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'lambda-runtime-aws-request-id': requestId,
    'lambda-runtime-deadline-ms': String(Date.now() + (options.timeoutMs ?? 10_000)),
    'lambda-runtime-invoked-function-arn':
      'arn:aws:lambda:us-east-1:012345678912:function:lambda-hello',
  };
  if (options.xrayHeader) headers['lambda-runtime-trace-id'] = options.xrayHeader;
  if (options.tenantId) headers['lambda-runtime-aws-tenant-id'] = options.tenantId;
  if (options.clientContext) {
    headers['lambda-runtime-client-context'] = JSON.stringify(options.clientContext);
  }
  return headers;
}
