import { describe, expect, it } from 'vitest';
import { type Circumstances, markerOf, planFor, STDIO_VARIABLE } from '../src/plan.ts';

const BOTH = { stdout: true, stderr: true };
const terminal = { stdout: '25:3', stderr: '25:3' };
const pipes = { stdout: '13:101', stderr: '13:102' };
const MANAGED = { AWS_LAMBDA_RUNTIME_API: '127.0.0.1:9001', AWS_LAMBDA_MAX_CONCURRENCY: '4' };

function circumstances(changes: Partial<Circumstances> = {}): Circumstances {
  return {
    env: {},
    pid: 100,
    isMainThread: true,
    parentThread: undefined,
    stdio: terminal,
    ...changes,
  };
}

function markedBy(pid: number, stdio = terminal, streams = BOTH): Record<string, string> {
  return { [STDIO_VARIABLE]: markerOf(pid, stdio, streams) };
}

describe('planFor', () => {
  const cases: [what: string, given: Partial<Circumstances>, role: string, streams?: object][] = [
    ['a program started from a shell', {}, 'full', BOTH],
    ['a function in a Lambda runtime', { env: { AWS_LAMBDA_RUNTIME_API: 'x' } }, 'full', BOTH],
    ['a process that left the mark itself', { env: markedBy(100), stdio: pipes }, 'full', BOTH],
    ['a mark that nobody can read', { env: { [STDIO_VARIABLE]: 'nonsense' } }, 'full', BOTH],
    ['a child with inherited output', { env: markedBy(99) }, 'full', BOTH],
    ['a child with piped output', { env: markedBy(99), stdio: pipes }, 'none'],
    [
      'a child whose standard output is piped and whose standard error is not',
      { env: markedBy(99), stdio: { stdout: '13:101', stderr: '25:3' } },
      'full',
      { stdout: false, stderr: true },
    ],
    [
      'a child that prints to its parent’s standard error',
      {
        env: markedBy(99, { stdout: '13:1', stderr: '25:3' }),
        stdio: { stdout: '25:3', stderr: '25:3' },
      },
      'full',
      BOTH,
    ],
    [
      'a grandchild whose standard output the grandparent reads',
      {
        env: markedBy(
          99,
          { stdout: '13:101', stderr: '25:3' },
          {
            stdout: false,
            stderr: true,
          },
        ),
        stdio: { stdout: '13:101', stderr: '25:3' },
      },
      'full',
      { stdout: false, stderr: true },
    ],
    [
      'a worker thread',
      { isMainThread: false, parentThread: BOTH, env: markedBy(100) },
      'descriptors',
      BOTH,
    ],
    [
      'a worker thread with an environment of its own',
      { isMainThread: false, parentThread: BOTH },
      'descriptors',
      BOTH,
    ],
    [
      'a worker thread of a program that ships nothing',
      { isMainThread: false, parentThread: { stdout: false, stderr: false } },
      'none',
    ],
    ['a worker thread that alone is preloaded', { isMainThread: false }, 'full', BOTH],
    [
      'a worker thread of a child with piped output',
      { isMainThread: false, env: markedBy(99), stdio: pipes },
      'none',
    ],
    ['the main thread of a managed instance', { env: MANAGED }, 'none'],
    ['a worker thread of a managed instance', { env: MANAGED, isMainThread: false }, 'full', BOTH],
    [
      'a worker thread that a managed function starts',
      { env: { ...MANAGED, ...markedBy(100) }, isMainThread: false, parentThread: BOTH },
      'descriptors',
      BOTH,
    ],
    [
      'a child process that a managed function starts',
      { env: { ...MANAGED, ...markedBy(99) } },
      'full',
      BOTH,
    ],
    [
      'a program with that variable outside of a runtime',
      { env: { AWS_LAMBDA_MAX_CONCURRENCY: '4' } },
      'full',
      BOTH,
    ],
  ];
  it.each(cases)('%s', (_, given, role, streams) => {
    const plan = planFor(circumstances(given));
    expect(plan).toMatchObject(streams === undefined ? { role } : { role, streams });
    expect(plan.reason).not.toBe('');
  });

  it('does not take two closed descriptors that nobody ships for the same output', () => {
    const closed = { stdout: 'closed', stderr: 'closed' };
    const env = markedBy(99, closed, { stdout: false, stderr: false });
    expect(planFor(circumstances({ env, stdio: closed })).role).toBe('none');
  });
});
