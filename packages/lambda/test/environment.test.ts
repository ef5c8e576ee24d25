import { expect, test } from 'vitest';
import { idsOfStart, inheritedIds, isManaged, tellChildren } from '../src/environment.ts';

test.each([
  ['nothing is said', {}, true],
  ['a caller waits', { AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand' }, true],
  ['it is provisioned', { AWS_LAMBDA_INITIALIZATION_TYPE: 'provisioned-concurrency' }, false],
  ['the instance is managed', { AWS_LAMBDA_MAX_CONCURRENCY: '10' }, false],
])('says of a start whether it was cold: %s', (_, env, cold) => {
  expect(idsOfStart({ ...env, AWS_LAMBDA_FUNCTION_VERSION: '7' })).toEqual({
    cold_start: cold,
    function_version: '7',
  });
});

test('a runtime with several invocations at a time is managed', () => {
  expect([isManaged({}), isManaged({ AWS_LAMBDA_MAX_CONCURRENCY: '1' })]).toEqual([false, true]);
});

test('children inherit the ids of the invocation, until it takes them back', () => {
  const env: NodeJS.ProcessEnv = {};
  expect(inheritedIds(env)).toBeUndefined();
  tellChildren(env, { aws_request_id: 'a', trace_id: 'b' });
  expect(inheritedIds({ ...env })).toEqual({ aws_request_id: 'a', trace_id: 'b' });
  tellChildren(env, undefined);
  expect(env).toEqual({});
});

test.each(['', 'null', '{', '7'])('inherits nothing from %j', (text) => {
  expect(inheritedIds({ DIRECT_LOGGING_INVOCATION: text })).toBeUndefined();
});
