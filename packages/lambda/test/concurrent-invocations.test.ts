import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { followClientContext } from '../src/concurrent-invocations.ts';
import { loadAddon } from './fakes.ts';
import { ADDON, addonWith, MANAGED, runtime, useRuntime, WARM } from './runtime.ts';

// As different versions of the client make them.
const REQUEST_ID = Symbol.for('_AWS_LAMBDA_REQUEST_ID');
const XRAY = Symbol('_AWS_LAMBDA_X_RAY_TRACE_ID');

useRuntime();

describe('a thread of a managed instance', () => {
  it('never waits, and finds each invocation through the context of the runtime', async () => {
    runtime.connect(MANAGED, false);
    const trace = { 'lambda-runtime-client-context': '{"custom":{"trace_id":"t1"}}' };
    const { addon } = addonWith([
      () => runtime.invocation('r1', 9000, trace),
      () => runtime.invocation('r2', 9000),
    ]);
    const client = loadAddon(ADDON, addon);
    await client.next();
    await client.next();
    expect(runtime.scripted.flushes).toBe(2);
    expect(runtime.clock.timers).toBe(0);
    const ids = () => runtime.scripted.provider();
    expect(ids()).toEqual(WARM);
    new AsyncLocalStorage().run({ REQUEST_ID: 'r1' }, () => expect(ids()).toEqual(WARM));
    const storage = new AsyncLocalStorage();
    const run = (id: string) => storage.run({ [REQUEST_ID]: id, [XRAY]: 'x' }, ids);
    expect(run('r1')).toEqual({ aws_request_id: 'r1', trace_id: 't1', ...WARM });
    expect(run('r2')).toEqual({ aws_request_id: 'r2', ...WARM });
    expect(run('unknown')).toEqual({ aws_request_id: 'unknown', trace_id: 'x', ...WARM });
    expect(ids()).toEqual(WARM);
  });

  it('forgets the oldest of very many invocations', async () => {
    runtime.connect(MANAGED, false);
    const ids = Array.from({ length: 1001 }, (_, index) => `r${index}`);
    const { addon } = addonWith(
      ids.map(
        (id) => () => runtime.invocation(id, 9000, { 'lambda-runtime-trace-id': `Root=${id}` }),
      ),
    );
    const client = loadAddon(ADDON, addon);
    for (const _ of ids) await client.next();
    const storage = new AsyncLocalStorage();
    const traceId = (id: string) =>
      storage.run({ [REQUEST_ID]: id }, () => runtime.scripted.provider()?.trace_id);
    expect(traceId('r0')).toBeUndefined();
    expect(traceId('r1')).toBe('r1');
  });
});

describe('the context of the runtime client', () => {
  const { run } = AsyncLocalStorage.prototype;

  let client: ReturnType<typeof followClientContext>;
  beforeEach(() => {
    client = followClientContext();
  });
  afterEach(() => {
    client.stop();
    expect(AsyncLocalStorage.prototype.run).toBe(run);
  });

  it('leaves the class as it was once it knows the context', () => {
    expect(AsyncLocalStorage.prototype.run).not.toBe(run);
    expect(new AsyncLocalStorage().run({ [REQUEST_ID]: 'r1' }, (a, b) => a + b, 1, 2)).toBe(3);
    expect(AsyncLocalStorage.prototype.run).toBe(run);
  });

  it('tells the ids inside the context of an invocation, also after an await, and none outside', async () => {
    const storage = new AsyncLocalStorage();
    await storage.run({ [REQUEST_ID]: 'r1', [XRAY]: 'x' }, async () => {
      await Promise.resolve();
      expect(client.running()).toEqual({ aws_request_id: 'r1', trace_id: 'x' });
    });
    storage.run({ [REQUEST_ID]: 'r2' }, () =>
      expect(client.running()).toEqual({ aws_request_id: 'r2', trace_id: undefined }),
    );
    expect(client.running()).toBeUndefined();
  });

  it.each([undefined, null, 'r1', { [REQUEST_ID]: 7 }, { _AWS_LAMBDA_REQUEST_ID: 'r1' }])(
    'goes on looking after a context of the program: %j',
    (context) => {
      new AsyncLocalStorage().run(context, () => expect(client.running()).toBeUndefined());
      expect(AsyncLocalStorage.prototype.run).not.toBe(run);
    },
  );
});
