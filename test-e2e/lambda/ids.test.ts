/** The ids on the records of a function: of its start, of each invocation, of what an invocation starts. */
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { forTests } from '../environment/for-tests.ts';
import type { Row } from '../environment/victorialogs-queries.ts';
import { startFunctions } from './functions.ts';

const FIXTURES = fileURLToPath(new URL('./fixtures/', import.meta.url));
const MANAGED = { AWS_LAMBDA_MAX_CONCURRENCY: '4', AWS_LAMBDA_NODEJS_WORKER_COUNT: '1' };
const VERSION = { function_version: '$LATEST' };

const functions = forTests(() =>
  startFunctions({
    files: { 'ids.mjs': `${FIXTURES}ids.mjs`, 'ids-thread.mjs': `${FIXTURES}ids-thread.mjs` },
  }),
);

afterEach(() => functions.end());

it('tell the start and the first invocation from the later ones, and the tenants apart', async () => {
  const lambda = await functions.launch({ handler: 'ids.waits' });
  const first = await lambda.invoke(
    { name: 'first', together: 1 },
    { tenantId: 'tenant-a', clientContext: { custom: { trace_id: 'trace-a' } } },
  );
  const second = await lambda.invoke({ name: 'second', together: 1 });
  const rows = await lambda.rows(9);
  const ids = { ...VERSION, cold_start: 'true' };
  const ofFirst = {
    ...ids,
    aws_request_id: first.requestId,
    trace_id: 'trace-a',
    tenant_id: 'tenant-a',
  };
  const ofSecond = { ...VERSION, cold_start: 'false', aws_request_id: second.requestId };
  expect(rows.map(withIds)).toEqual([
    { ...ids, _msg: 'init' },
    ...messagesOf('first').map((_msg) => ({ ...ofFirst, _msg })),
    ...messagesOf('second').map((_msg) => ({ ...ofSecond, _msg })),
  ]);
});

it('say nothing of a start in a child that the function starts while it is loaded', async () => {
  const lambda = await functions.launch({ handler: 'ids.waits', env: { STARTS_CHILD: '1' } });
  await lambda.invoke({ name: 'first', together: 1 });
  const [init, child] = (await lambda.rows(6)).map(withIds);
  expect([init, child]).toEqual([
    { ...VERSION, cold_start: 'true', _msg: 'init' },
    { ...VERSION, _msg: 'child of init' },
  ]);
});

it.each([
  ['a thread of a managed instance', {}],
  ['one that keeps its context to itself', { AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA: '1' }],
])('are right for several invocations at once, in %s', async (_, env) => {
  const lambda = await functions.launch({ handler: 'ids.waits', env: { ...MANAGED, ...env } });
  const names = ['one', 'two', 'three'];
  const answers = await Promise.all(
    names.map((name) =>
      lambda.invoke(
        { name, together: names.length },
        { tenantId: `tenant-${name}`, clientContext: { custom: { trace_id: `trace-${name}` } } },
      ),
    ),
  );
  const rows = await lambda.rows(1 + names.length * 4);
  const ids = { ...VERSION, cold_start: 'false' };
  const expected = names.flatMap((name, at) =>
    messagesOf(name).map((_msg) => ({
      ...ids,
      aws_request_id: answers[at]?.requestId,
      trace_id: `trace-${name}`,
      tenant_id: `tenant-${name}`,
      _msg,
    })),
  );
  expect(sorted(rows.map(withIds))).toEqual(sorted([{ ...ids, _msg: 'init' }, ...expected]));
});

it('are those of the invocation in the child processes and worker threads that it starts', async () => {
  const lambda = await functions.launch({ handler: 'ids.delegates' });
  const ids: object[] = [{ ...VERSION, cold_start: 'true', _msg: 'init' }];
  for (const [at, name] of ['first', 'second'].entries()) {
    const xrayHeader = `Root=trace-${name};Parent=1;Sampled=1`;
    const { requestId } = await lambda.invoke({ name }, { xrayHeader });
    for (const what of ['child', 'thread', 'descriptor']) {
      ids.push({
        ...VERSION,
        cold_start: String(at === 0),
        aws_request_id: requestId,
        trace_id: `trace-${name}`,
        _msg: `${what} of ${name}`,
      });
    }
  }
  const rows = await lambda.rows(ids.length);
  expect(sorted(rows.map(withIds))).toEqual(sorted(ids));
});

it('are missing in the child processes and worker threads of a managed instance', async () => {
  const lambda = await functions.launch({ handler: 'ids.delegates', env: MANAGED });
  await lambda.invoke({ name: 'one' }, { clientContext: { custom: { trace_id: 'trace-one' } } });
  const printed = ['init', 'child of one', 'descriptor of one', 'thread of one'];
  const expected = printed.map((_msg) => ({ ...VERSION, cold_start: 'false', _msg }));
  const rows = await lambda.rows(expected.length);
  expect(sorted(rows.map(withIds))).toEqual(sorted(expected));
});

function messagesOf(name: string): string[] {
  return [`${name} begins`, ...[1, 2, 3].map((turn) => `${name} turn ${turn}`)];
}

const NAMES = [
  ...['_msg', 'aws_request_id', 'trace_id', 'tenant_id'],
  ...['cold_start', 'function_version'],
];

function withIds(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([name]) => NAMES.includes(name)));
}

/** By message, where threads and processes print in any order. */
function sorted(records: readonly object[]): object[] {
  const textOf = (record: object) => String((record as Row)._msg);
  return [...records].sort((a, b) => textOf(a).localeCompare(textOf(b)));
}
