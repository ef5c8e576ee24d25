import { expect, test } from 'vitest';
import { readInvocation } from '../src/invocation.ts';

const ENVIRONMENT = { cold_start: true, function_version: '7' };

test('has the ids and the deadline of the headers', () => {
  const headers = {
    'lambda-runtime-aws-request-id': 'request',
    'lambda-runtime-trace-id': 'Root=1-5f84c7a1-aaaaaaaaaaaaaaaaaaaaaaaa;Sampled=1',
    'lambda-runtime-aws-tenant-id': 'blue',
  };
  const context = {
    aws_request_id: 'request',
    trace_id: '1-5f84c7a1-aaaaaaaaaaaaaaaaaaaaaaaa',
    tenant_id: 'blue',
    ...ENVIRONMENT,
  };
  // The Runtime API sends text, which the addon turns into a number.
  for (const deadline of [1_700_000_000_000, '1700000000000']) {
    const given = { ...headers, 'lambda-runtime-deadline-ms': deadline };
    expect(readInvocation(given, '{}', ENVIRONMENT)).toEqual({
      context,
      deadlineMs: 1_700_000_000_000,
    });
  }
});

test('takes the trace id and the execution of the event', () => {
  const event = {
    DurableExecutionArn: 'arn:a',
    CheckpointToken: 't',
    headers: { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' },
  };
  const { context } = readInvocation({}, JSON.stringify(event), ENVIRONMENT);
  expect(context).toMatchObject({
    trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
    durable_execution_arn: 'arn:a',
    durable_resumed: false,
  });
});

test('takes no ids of an execution from the query of a request', () => {
  const queryStringParameters = {
    DurableExecutionArn: 'arn:b',
    CheckpointToken: 't',
    Type: 'STEP',
  };
  const { context } = readInvocation({}, JSON.stringify({ queryStringParameters }), ENVIRONMENT);
  expect(context).not.toHaveProperty('durable_execution_arn');
});

test.each([
  ['no headers', undefined],
  ['empty headers', { 'lambda-runtime-aws-request-id': '', 'lambda-runtime-deadline-ms': 'soon' }],
  ['headers of another type', { 'lambda-runtime-aws-request-id': 7 }],
])('leaves out what it cannot read: %s', (_, headers) => {
  const { context, deadlineMs } = readInvocation(headers, undefined, ENVIRONMENT);
  expect(deadlineMs).toBeUndefined();
  expect(Object.entries(context).filter(([, value]) => value !== undefined)).toEqual(
    Object.entries(ENVIRONMENT),
  );
});
