import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { followClientContext } from '../src/client-storage.ts';

const REQUEST_ID = Symbol.for('_AWS_LAMBDA_REQUEST_ID');
const XRAY = Symbol('_AWS_LAMBDA_X_RAY_TRACE_ID');
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
