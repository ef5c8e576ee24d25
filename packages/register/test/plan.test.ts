import { describe, expect, it } from 'vitest';
import { roleOf, type ThreadContext } from '../src/plan.ts';

const RUNTIME = { AWS_LAMBDA_RUNTIME_API: '127.0.0.1:9001' };
const MANAGED = { ...RUNTIME, AWS_LAMBDA_MAX_CONCURRENCY: '4' };
const thread = { isMainThread: false };

describe('roleOf', () => {
  const cases: [what: string, given: Partial<ThreadContext>, role: string][] = [
    ['a program', {}, 'full'],
    ['a function in a Lambda runtime', { env: RUNTIME }, 'full'],
    ['a worker thread', { ...thread, parentThreadShips: true }, 'descriptors'],
    [
      'a worker thread of a program that ships nothing',
      { ...thread, parentThreadShips: false },
      'none',
    ],
    ['a worker thread that alone is preloaded', thread, 'full'],
    ['the main thread of a managed instance', { env: MANAGED }, 'none'],
    ['a worker thread of a managed instance', { env: MANAGED, ...thread }, 'full'],
    [
      'a worker thread that a managed function starts',
      { env: MANAGED, ...thread, parentThreadShips: true },
      'descriptors',
    ],
    [
      'a program with that variable outside of a runtime',
      { env: { AWS_LAMBDA_MAX_CONCURRENCY: '4' } },
      'full',
    ],
  ];
  it.each(cases)('%s', (_, given, role) => {
    const circumstances = { env: {}, isMainThread: true, parentThreadShips: undefined };
    expect(roleOf({ ...circumstances, ...given })).toBe(role);
  });
});
