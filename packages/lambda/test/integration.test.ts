import { AsyncLocalStorage } from 'node:async_hooks';
import { type IntegrationHost, PrintTracker, SharedLines } from '@direct-logging/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectRuntime } from '../src/integration.ts';
import {
  fakeDlopen,
  loadAddon,
  ManualClock,
  patchConsole,
  ScriptedTransport,
  settle,
} from './fakes.ts';

const ADDON = '/var/runtime/rapid-client.node';
const RUNTIME = { AWS_LAMBDA_RUNTIME_API: '127.0.0.1:9001', AWS_LAMBDA_FUNCTION_VERSION: '7' };
const COLD = { cold_start: true, function_version: '7' };
const WARM = { cold_start: false, function_version: '7' };

let scripted: ScriptedTransport;
let clock: ManualClock;
let undo: () => void;
let restoreDlopen: () => void;
let restoreConsole: () => void;
let printing: PrintTracker;

beforeEach(() => {
  scripted = new ScriptedTransport();
  clock = new ManualClock();
  undo = () => {};
  restoreDlopen = fakeDlopen();
  restoreConsole = patchConsole();
  printing = new PrintTracker();
});

afterEach(() => {
  undo();
  restoreDlopen();
  restoreConsole();
  clock.stop();
});

function connect(env: NodeJS.ProcessEnv, isMainThread = true): void {
  const host: IntegrationHost = {
    transport: scripted.transport,
    env,
    isMainThread,
    role: 'full',
    printing,
    shared: new SharedLines(),
  };
  undo = connectRuntime(host);
}

/** As the addon gives it: the deadline is a number, unless it comes from the alternative client. */
function invocation(requestId: string, timeoutMs: number, more: Record<string, unknown> = {}) {
  const headers = {
    'lambda-runtime-aws-request-id': requestId,
    'lambda-runtime-deadline-ms': clock.time + timeoutMs,
    ...more,
  };
  return { headers, bodyJson: '{}' };
}

/** An addon whose `next` gives the invocations one after the other. */
function addonWith(invocations: (() => unknown)[]) {
  const calls: { self: unknown; args: unknown[] }[] = [];
  const addon = {
    async next(...args: unknown[]) {
      calls.push({ self: this, args });
      return invocations[calls.length - 1]?.();
    },
    done: () => {},
  };
  return { addon, calls };
}

describe('a runtime with one invocation at a time', () => {
  it('flushes before it asks for the next one, for 250 ms at most before the first', async () => {
    connect(RUNTIME);
    const { addon, calls } = addonWith([() => invocation('r1', 3000)]);
    const client = loadAddon(ADDON, addon);
    for (const number of [1, 2]) {
      const next = client.next();
      await settle();
      expect([scripted.flushes, calls.length]).toEqual([number, number - 1]);
      if (number === 1) expect(scripted.atMostMs).toBe(250);
      scripted.answerFlush();
      await next;
      expect(calls.length).toBe(number);
    }
  });

  it.each([
    ['half of the time that is left, less a reserve', 200, 300, {}],
    ['not at all when the time is up', 900, 0, {}],
    ['as long with a deadline that is text', 200, 300, { 'lambda-runtime-deadline-ms': '2000' }],
    ['250 ms without a deadline', 200, 250, { 'lambda-runtime-deadline-ms': undefined }],
    ['250 ms with one that is none', 200, 250, { 'lambda-runtime-deadline-ms': 'soon' }],
  ])('waits for %s', async (_, passedMs, expected, headers) => {
    connect(RUNTIME);
    const { addon } = addonWith([() => invocation('r1', 1000, headers)]);
    const client = loadAddon(ADDON, addon);
    await Promise.all([client.next(), settle().then(() => scripted.answerFlush())]);
    clock.advance(passedMs);
    await Promise.all([client.next(), settle().then(() => scripted.answerFlush())]);
    expect(scripted.atMostMs).toBe(expected);
  });

  it('bounds the exit by the deadline only while an invocation runs', async () => {
    const others = process.listeners('exit');
    connect(RUNTIME);
    const exit = process.listeners('exit').find((one) => !others.includes(one));
    const { addon } = addonWith([() => invocation('r1', 1000)]);
    const client = loadAddon(ADDON, addon);
    await Promise.all([client.next(), settle().then(() => scripted.answerFlush())]);
    exit?.call(process, 0);
    expect(scripted.deadline).toBe(clock.time + 400);
    scripted.deadline = undefined;
    await Promise.all([client.next(), settle().then(() => scripted.answerFlush())]);
    exit?.call(process, 0);
    expect(scripted.deadline).toBeUndefined();
  });

  it('tells the ids of the invocation until the next one comes', async () => {
    connect(RUNTIME);
    const trace = { 'lambda-runtime-trace-id': 'Root=1-2-3;Sampled=1' };
    const { addon } = addonWith([
      () => invocation('r1', 9000, trace),
      () => invocation('r2', 9000, { 'lambda-runtime-aws-tenant-id': 'acme' }),
    ]);
    const client = loadAddon(ADDON, addon);
    expect(scripted.provider()).toEqual(COLD);
    await Promise.all([client.next(), settle().then(() => scripted.answerFlush())]);
    expect(scripted.provider()).toEqual({ aws_request_id: 'r1', trace_id: '1-2-3', ...COLD });
    const second = client.next();
    await settle();
    expect(scripted.provider()?.aws_request_id).toBe('r1');
    scripted.answerFlush();
    await second;
    expect(scripted.provider()).toEqual({ aws_request_id: 'r2', tenant_id: 'acme', ...WARM });
  });

  it('is not cold in a process that is not the runtime', () => {
    connect(RUNTIME);
    restoreConsole();
    expect(scripted.provider()).toEqual({ function_version: '7' });
  });

  it('ships unfinished lines before each flush', async () => {
    connect(RUNTIME);
    const cutAt: number[] = [];
    printing.cutLines = () => cutAt.push(scripted.flushes);
    const { addon } = addonWith([() => invocation('r1', 3000)]);
    const client = loadAddon(ADDON, addon);
    await Promise.all([client.next(), settle().then(() => scripted.answerFlush())]);
    clock.advance(2800);
    expect(cutAt).toEqual([0, 1]);
  });

  it('is not cold where its start keeps nobody waiting', () => {
    connect({ ...RUNTIME, AWS_LAMBDA_INITIALIZATION_TYPE: 'provisioned-concurrency' });
    expect(scripted.provider()).toEqual(WARM);
  });

  it('tells what it starts the ids of the invocation', async () => {
    const env: NodeJS.ProcessEnv = { ...RUNTIME };
    connect(env);
    const { addon } = addonWith([() => invocation('r1', 9000)]);
    const client = loadAddon(ADDON, addon);
    await Promise.all([client.next(), settle().then(() => scripted.answerFlush())]);
    const ofChild = { ...env };
    undo();
    expect(env).toEqual(RUNTIME);
    for (const isMainThread of [true, false]) {
      connect(ofChild, isMainThread);
      expect(scripted.provider()).toEqual({ aws_request_id: 'r1', ...COLD });
      undo();
    }
  });

  it.each(['', '{', 'null', '7'])('does not mind a child with the ids %j', (text) => {
    connect({ ...RUNTIME, DIRECT_LOGGING_INVOCATION: text });
    expect(scripted.provider()).toEqual(COLD);
  });

  it('flushes early, 200 ms before the deadline', async () => {
    connect(RUNTIME);
    const { addon } = addonWith([() => invocation('r1', 3000)]);
    const client = loadAddon(ADDON, addon);
    await Promise.all([client.next(), settle().then(() => scripted.answerFlush())]);
    clock.advance(2799);
    expect(scripted.flushes).toBe(1);
    clock.advance(1);
    expect(scripted.flushes).toBe(2);
  });

  it('passes this, arguments, the answer itself and errors through', async () => {
    connect(RUNTIME);
    const answer = invocation('r1', 1000);
    const failure = new Error('the runtime is gone');
    const { addon, calls } = addonWith([
      () => answer,
      () => {
        throw failure;
      },
    ]);
    const client = loadAddon(ADDON, addon) as { next(...args: unknown[]): Promise<unknown> };
    const first = client.next('a', 2);
    scripted.answerFlush();
    expect(await first).toBe(answer);
    expect(calls[0]).toEqual({ self: addon, args: ['a', 2] });
    const second = client.next();
    scripted.answerFlush();
    await expect(second).rejects.toBe(failure);
  });

  it('survives answers of any shape', async () => {
    connect(RUNTIME);
    const shapes: unknown[] = [undefined, null, {}, { headers: null, bodyJson: 7 }, 'text'];
    const { addon } = addonWith(shapes.map((shape) => () => shape));
    const client = loadAddon(ADDON, addon);
    for (const shape of shapes) {
      const next = client.next();
      scripted.answerFlush();
      expect(await next).toBe(shape);
    }
  });

  it('leaves other addons and their errors alone', () => {
    connect(RUNTIME);
    const next = async () => 1;
    expect(loadAddon('/app/my-rapid-client.node', { next }).next).toBe(next);
    expect(() => process.dlopen(null as never, ADDON)).toThrow(TypeError);
  });

  it('puts back what it found', () => {
    const before = process.dlopen;
    connect(RUNTIME);
    expect([process.dlopen.name, process.dlopen.length]).toEqual([before.name, before.length]);
    const next = async () => 1;
    const client = loadAddon(ADDON, { next });
    expect(client.next).not.toBe(next);
    expect(process.dlopen).toBe(before);
    undo();
    expect(client.next).toBe(next);
  });
});

describe('a thread of a managed instance', () => {
  const MANAGED = { ...RUNTIME, AWS_LAMBDA_MAX_CONCURRENCY: '4' };
  // As different versions of the client make them.
  const REQUEST_ID = Symbol.for('_AWS_LAMBDA_REQUEST_ID');
  const XRAY = Symbol('_AWS_LAMBDA_X_RAY_TRACE_ID');

  it('never waits, and finds each invocation through the context of the runtime', async () => {
    connect(MANAGED, false);
    const trace = { 'lambda-runtime-client-context': '{"custom":{"trace_id":"t1"}}' };
    const { addon } = addonWith([
      () => invocation('r1', 9000, trace),
      () => invocation('r2', 9000),
    ]);
    const client = loadAddon(ADDON, addon);
    await client.next();
    await client.next();
    expect(scripted.flushes).toBe(2);
    expect(clock.timers).toBe(0);
    const ids = () => scripted.provider();
    expect(ids()).toEqual(WARM);
    new AsyncLocalStorage().run({ REQUEST_ID: 'r1' }, () => expect(ids()).toEqual(WARM));
    const storage = new AsyncLocalStorage();
    const run = (id: string) => storage.run({ [REQUEST_ID]: id, [XRAY]: 'x' }, ids);
    expect(run('r1')).toEqual({ aws_request_id: 'r1', trace_id: 't1', ...WARM });
    expect(run('r2')).toEqual({ aws_request_id: 'r2', ...WARM });
    expect(run('unknown')).toEqual({ aws_request_id: 'unknown', trace_id: 'x', ...WARM });
    expect(ids()).toEqual(WARM);
  });

  it('leaves the class as it was once it knows the context', () => {
    const { run } = AsyncLocalStorage.prototype;
    connect(MANAGED, false);
    expect(AsyncLocalStorage.prototype.run).not.toBe(run);
    expect(new AsyncLocalStorage().run({ [REQUEST_ID]: 'r1' }, (a, b) => a + b, 1, 2)).toBe(3);
    expect(AsyncLocalStorage.prototype.run).toBe(run);
  });

  it('forgets the oldest of very many invocations', async () => {
    connect(MANAGED, false);
    const ids = Array.from({ length: 1001 }, (_, index) => `r${index}`);
    const { addon } = addonWith(
      ids.map((id) => () => invocation(id, 9000, { 'lambda-runtime-trace-id': `Root=${id}` })),
    );
    const client = loadAddon(ADDON, addon);
    for (const _ of ids) await client.next();
    const storage = new AsyncLocalStorage();
    const traceId = (id: string) =>
      storage.run({ [REQUEST_ID]: id }, () => scripted.provider()?.trace_id);
    expect(traceId('r0')).toBeUndefined();
    expect(traceId('r1')).toBe('r1');
  });
});

describe('elsewhere', () => {
  it.each([
    ['outside of a Lambda runtime', {}, true],
    ['in a worker thread of the application', RUNTIME, false],
  ])('does nothing %s', (_, env, isMainThread) => {
    const { dlopen } = process;
    connect(env, isMainThread);
    expect(process.dlopen).toBe(dlopen);
    undo();
    expect(process.dlopen).toBe(dlopen);
  });
});
