/** Passes the trace id on to functions that this one invokes with the AWS SDK for JavaScript 3. */
import { attempt, parseJson, type RecordContext, warn, watchCalls } from '@direct-logging/core';

/** The part of a `LambdaClient` of the SDK that is used here. */
export interface InvokingClient {
  /** The steps that an input goes through before it is sent. */
  readonly middlewareStack: {
    /** Adds a step. */
    // biome-ignore lint/suspicious/noExplicitAny: the SDK's own types are generic in ways that do not matter here.
    add(middleware: any, options: any): void;
  };
}

interface Args {
  readonly input?: Readonly<Record<string, unknown>>;
}

type Next = (args: Args) => unknown;

/** Under this key is the function that tells the ids of the running invocation. All copies of this module share it. */
const CONTEXT = Symbol.for('@direct-logging/lambda');
const holder = globalThis as { [CONTEXT]?: (() => RecordContext | undefined) | undefined };

/** Commands of the SDK whose input has a client context. */
const COMMANDS = new Set<unknown>(['InvokeCommand', 'InvokeWithResponseStreamCommand']);
/** The file of the client if an ES module imports it, or its name if it is required. */
const CLIENT = /[\\/]client-lambda(?:$|[\\/]dist-cjs[\\/]index\.js$)/;

/**
 * Makes this client put the trace id of the running invocation into the client context of the functions that it invokes,
 * as `custom.trace_id`. A client context that already names a trace id is left alone. Use this in a function that is
 * bundled with the SDK. Elsewhere, `VICTORIALOGS_LAMBDA_PROPAGATE=1` does it for every client. Calling it again for the
 * same client changes nothing. Outside an invocation, the client works as before.
 * @example
 * const client = new LambdaClient();
 * propagateTraceId(client);
 */
export function propagateTraceId(client: InvokingClient): void {
  const middleware = (next: Next, context: { readonly commandName?: unknown }) => (args: Args) =>
    next(COMMANDS.has(context?.commandName) ? traced(args) : args);
  client.middlewareStack.add(middleware, {
    step: 'initialize',
    name: 'directLoggingTraceId',
    override: true,
  });
}

function traced(args: Args): Args {
  const traceId = attempt(() => holder[CONTEXT]?.()?.trace_id);
  if (traceId === undefined || args.input === undefined) return args;
  const { ClientContext: given } = args.input;
  const ClientContext = withTraceId(given, traceId);
  // The command keeps its input: it can be sent again, during another invocation.
  return ClientContext === given ? args : { ...args, input: { ...args.input, ClientContext } };
}

/** Tells all copies of this module which invocation is running in this thread. Returns a function that takes it back. */
export function shareContext(context: () => RecordContext | undefined): () => void {
  Object.defineProperty(holder, CONTEXT, { value: context, configurable: true });
  return () => {
    delete holder[CONTEXT];
  };
}

/** Does what `propagateTraceId` does for every client whose class is loaded from now on. Returns a function that stops looking. */
export function propagateFromAll(): () => void {
  const loader = process.getBuiltinModule('node:module');
  return watchCalls(loader, '_load', (_, [name]) =>
    typeof name === 'string' && CLIENT.test(name) ? tryFollow : undefined,
  );
}

/** Classes and clients that pass on trace ids already. */
const followed = new WeakSet<object>();

function tryFollow(loaded: unknown): void {
  attempt(() => {
    const { prototype } = (loaded as { LambdaClient: { prototype: object } }).LambdaClient;
    if (followed.has(prototype)) return;
    followed.add(prototype);
    watchCalls(prototype, 'send', (client: InvokingClient) => {
      if (followed.has(client)) return;
      followed.add(client);
      attempt(() => propagateTraceId(client), tellFailed);
    });
  }, tellFailed);
}

function tellFailed(error: unknown): void {
  warn('DL_INTEGRATION_FAILED', `lambda: trace ids are not passed on: ${error}`);
}

/** The service refuses a longer client context. In characters of base64. */
const MAX_CHARACTERS = 3583;

/**
 * The client context, base64 of a JSON object, with the trace id as `custom.trace_id`. It stays as it is if it already
 * names a trace id, if it cannot be read, or if it would become too long.
 */
export function withTraceId(given: unknown, traceId: string): unknown {
  const context = read(given);
  if (context === undefined) return given;
  const name = context.custom === undefined && context.Custom !== undefined ? 'Custom' : 'custom';
  const custom = context[name] ?? {};
  if (!isObject(custom) || custom.trace_id || custom._X_AMZN_TRACE_ID) return given;
  const json = JSON.stringify({ ...context, [name]: { ...custom, trace_id: traceId } });
  const text = Buffer.from(json).toString('base64');
  return text.length > MAX_CHARACTERS ? given : text;
}

function read(given: unknown): Record<string, unknown> | undefined {
  if (given === undefined || given === null || given === '') return {};
  if (typeof given !== 'string') return undefined;
  const context = parseJson(Buffer.from(given, 'base64').toString());
  return isObject(context) ? context : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
