import { expect, it } from 'vitest';
import { CUT, mayBeStored, type Outcome } from '../../src/senders/outcome.ts';

it.each<[Outcome, number]>([
  [{ kind: 'cancelled', untaken: 2 }, 3],
  [{ kind: 'retryable', reason: 'ECONNRESET' }, 5],
  [{ kind: 'retryable', reason: 'ECONNRESET', untaken: 5 }, 0],
  [{ kind: 'retryable', reason: 'status 429', isAnswer: true }, 0],
  [{ kind: 'refused', reason: 'status 401' }, 0],
  [{ kind: 'unacceptable', reason: 'status 400', drop: 'rejected' }, 0],
  [{ kind: 'unacceptable', reason: 'status 413', drop: 'too_large', untaken: 1 }, 4],
])('of a request of five lines that ended with %j, %i may be stored', (outcome, lines) => {
  expect(mayBeStored(5, outcome)).toBe(lines);
});

it.each(['ECONNRESET', 'EPIPE', 'the server closed the connection', 'the connection is gone'])(
  'something has accepted a connection that ended with: %s',
  (reason) => {
    expect(CUT.test(reason)).toBe(true);
  },
);

it.each([
  'ECONNREFUSED',
  'ECONNRESETS',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'no connection within 1000 ms',
])('nothing shows that somebody is there after: %s', (reason) => {
  expect(CUT.test(reason)).toBe(false);
});
