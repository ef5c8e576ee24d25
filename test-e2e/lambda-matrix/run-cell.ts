/** Runs one cell of the matrix: the same invocations without and with direct-logging, and what of them is stored. */
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { isDeepStrictEqual } from 'node:util';
import type { LambdaRuntime } from '../environment/lambda-runtime.ts';
import type { NodeMajor } from '../environment/nodes.ts';
import type { Answer } from '../environment/runtime-api.ts';
import type { Row } from '../environment/victorialogs-queries.ts';
import type { Functions, LaunchedFunction } from '../lambda/functions.ts';
import type { Client } from './clients.ts';
import type { Handler } from './handlers.ts';
import { type LogSocket, startLogSocket } from './log-socket.ts';

/** What to run. */
export interface Cell {
  readonly client: Client;
  readonly handler: Handler;
  readonly major: NodeMajor;
  /** The runtime's own format of what the console prints. */
  readonly format: 'text' | 'JSON';
}

/** What came of it. */
export interface CellRun {
  readonly bare: Seen;
  readonly shipped: Seen;
  /** Whether both are the same. */
  readonly unchanged: boolean;
  /** Messages that were printed. */
  readonly printed: number;
  /** Of them, those that are stored exactly once, with their level and the ids of their invocation. */
  readonly right: number;
  /** The others, for people. */
  readonly wrong: readonly string[];
}

/** What anybody can see of a function. */
interface Seen {
  readonly answers: readonly Answer[];
  /** Not of a managed instance: there threads print through the main one, in an order that differs without direct-logging, too. */
  readonly stdout?: string;
  readonly stderr?: string;
  /** What came on the socket for it. */
  readonly logged?: string;
}

/** An invocation in both runs. */
interface Call {
  readonly n: number;
  readonly requestId: string;
  readonly traceId: string;
}

const LEVELS: readonly string[] = createRequire(import.meta.url)('./fixtures/emissions.cjs').LEVELS;

/** Runs it; `node` and `runtime` are those of the cell. */
export async function runCell(
  functions: Functions,
  cell: Cell,
  { node, runtime }: { readonly node: string; readonly runtime: LambdaRuntime },
): Promise<CellRun> {
  const endsAtOnce = cell.handler.neverAnswers && !cell.client.isConcurrent;
  const calls = (endsAtOnce ? [1] : [1, 2]).map((n) => {
    return { n, requestId: randomUUID(), traceId: `trace-${randomUUID()}` };
  });
  const launch = (withUs: boolean, socket: LogSocket | undefined) =>
    functions.launch({
      handler: cell.handler.handler,
      node,
      runtime,
      ...(withUs ? {} : { nodeOptions: '' }),
      freezeAtNext: withUs && !cell.client.isConcurrent,
      env: {
        LOG_LEVEL: 'TRACE',
        ...(cell.format === 'JSON' ? { AWS_LAMBDA_LOG_FORMAT: 'JSON' } : {}),
        ...cell.client.env,
        ...(socket && { _LAMBDA_TELEMETRY_LOG_FD_PROVIDER_SOCKET: socket.path }),
      },
    });
  const run = async (withUs: boolean, afterEach: (call: Call) => Promise<void>): Promise<Seen> => {
    const socket = cell.client.hasLogSocket && (await startLogSocket());
    const lambda = await launch(withUs, socket);
    const answers = await invokeAll(cell, lambda, calls, afterEach);
    const printed = await seen(cell, lambda, answers);
    if (!socket) return printed;
    const logged = withoutVarying(await socket.stop());
    // Without an answer nobody knows when it has printed everything.
    return cell.handler.neverAnswers ? printed : { ...printed, logged };
  };
  const bareSeen = await run(false, async () => {});
  const wrong: string[] = [];
  const shippedSeen = await run(true, async (call) => {
    wrong.push(...(await wrongMessages(functions, cell, call)));
  });
  const printed = calls.length * LEVELS.length;
  return {
    bare: bareSeen,
    shipped: shippedSeen,
    unchanged: isDeepStrictEqual(bareSeen, shippedSeen),
    printed,
    right: printed - wrong.length,
    wrong,
  };
}

/** `afterEach` is called when the function has asked for its next invocation, or is at its end. */
async function invokeAll(
  { client, handler }: Cell,
  lambda: LaunchedFunction,
  calls: readonly Call[],
  afterEach: (call: Call) => Promise<void>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const call of calls) {
    const { n, requestId, traceId } = call;
    // One that is frozen when it asks is thawed only by an invocation that comes later.
    await lambda.api.untilIdle();
    const clientContext = { custom: { trace_id: traceId } };
    const answer = lambda.invoke({ n }, { requestId, clientContext, timeoutMs: 60_000 });
    if (!(handler.neverAnswers && client.isConcurrent)) {
      answers.push(await answer);
      if (!handler.neverAnswers) await lambda.api.untilIdle();
    }
    await afterEach(call);
  }
  return answers;
}

async function seen(
  { client }: Cell,
  lambda: LaunchedFunction,
  answers: readonly Answer[],
): Promise<Seen> {
  const { stdout, stderr } = await lambda.running.stop();
  if (client.isConcurrent) return { answers };
  return { answers, stdout: withoutVarying(stdout), stderr: withoutVarying(stderr) };
}

/** Times and process ids differ from run to run. */
function withoutVarying(text: string): string {
  return text
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/"(time|pid)":\d+/g, '"$1":0')
    .replaceAll(/\(node:\d+\)/g, '(node:0)');
}

/** What is not stored exactly once, or without the level and the ids that it should have. */
async function wrongMessages(functions: Functions, cell: Cell, call: Call): Promise<string[]> {
  const { requestId, traceId, n } = call;
  const query = `aws_request_id:="${requestId}"`;
  const rows = await functions.server.queryWhen(query, LEVELS.length);
  const coldStart = String(n === 1 && !cell.client.isConcurrent);
  return LEVELS.flatMap((level, way) => {
    const copies = rows.filter((row) => textOf(row).includes(`[${n}.${way}]`));
    const [row] = copies;
    const isRight =
      copies.length === 1 &&
      row?.level === level &&
      row.trace_id === traceId &&
      row.cold_start === coldStart;
    return isRight ? [] : [`${n}.${way}: ${level}, ${copies.length} copies: ${briefly(row)}`];
  });
}

/** In the JSON format an object that is printed alone becomes fields. */
function textOf(row: Row): string {
  return Object.values(row).join(' ');
}

function briefly(row: Row | undefined): string {
  return JSON.stringify(row ?? null).slice(0, 400);
}
