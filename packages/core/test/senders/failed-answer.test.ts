import { describe, expect, it } from 'vitest';
import { outcomeOfFailure } from '../../src/senders/failed-answer.ts';
import { type Answered, mayBeStored } from '../../src/senders/outcome.ts';
import { bareAnswer } from './bare-answer.ts';

const NOW = Date.UTC(2026, 0, 1);
const outcomeOf = (status: number, answer: Partial<Answered> = {}) =>
  outcomeOfFailure(
    { ...bareAnswer(status), ...answer },
    { Authorization: 'Basic c2VjcmV0OnBhc3M=' },
    NOW,
  );

describe('outcomeOfFailure', () => {
  it.each([
    [400, 'unacceptable'],
    [413, 'unacceptable'],
    [401, 'refused'],
    [403, 'refused'],
    [404, 'refused'],
    [405, 'refused'],
    [301, 'refused'],
    [408, 'retryable'],
    [499, 'retryable'],
    [429, 'retryable'],
    [500, 'retryable'],
    [503, 'retryable'],
  ])('takes %i as %s', (status, kind) => {
    expect(outcomeOf(status).kind).toBe(kind);
  });

  it.each([
    ['7', 7_000],
    [' 0 ', 0],
    ['99999999', 60_000],
    [new Date(NOW + 3_000).toUTCString(), 3_000],
    [new Date(NOW - 3_000).toUTCString(), 0],
    ['soon', undefined],
    [undefined, undefined],
  ])('reads Retry-After %j as %s ms', (value, retryAfterMs) => {
    expect(outcomeOf(429, { retryAfter: value })).toMatchObject({ retryAfterMs });
  });

  const AT = 'remoteAddr="127.0.0.1:36346", requestURI="/insert/jsonline"';
  it.each([
    ['retryable', 'cannot read request body: unexpected EOF\n'],
    ['retryable', 'cannot read request body: read tcp4 10.0.0.1:1->10.0.0.2:2: i/o timeout\n'],
    ['retryable', 'cannot read request body: malformed chunked encoding\n'],
    [
      'retryable',
      `cannot process jsonline request; error: ${AT}: cannot read the next line: unexpected EOF: while reading the request body\n`,
    ],
    [
      'unacceptable',
      'cannot process jsonline request; error: cannot parse JSON: x; unparsed tail: "cannot read request body: unexpected EOF"\n',
    ],
  ])('takes a 400 as %s that says %j', (kind, body) => {
    const outcome = outcomeOf(400, { body });
    expect(outcome.kind).toBe(kind);
    // It may have stored the beginning.
    if (kind === 'retryable') expect(mayBeStored(3, outcome)).toBe(3);
  });

  it('reads a hostile 400 in linear time', () => {
    const body = `cannot process jsonline request; error: ${AT}: ${'cannot read the next line: '.repeat(40_000)}`;
    expect(outcomeOf(400, { body }).kind).toBe('unacceptable');
  });

  it('keeps only the beginning of the text', () => {
    const outcome = outcomeOf(400, { body: 'x'.repeat(5_000) });
    expect('reason' in outcome && outcome.reason.length).toBeLessThan(250);
  });
});

it.each([
  [undefined, 'a page', 'a page'],
  ['/there', 'a page', 'redirected to /there, which is not followed'],
  [
    'https://me:secret@h:1/x?token=secret#y',
    '',
    'redirected to https://h:1/x, which is not followed',
  ],
])('names the target of a redirect to %s', (location, body, text) => {
  expect(outcomeOf(404, { location, body })).toMatchObject({ reason: `status 404: ${text}` });
});

it('reads a long target in linear time', () => {
  // A pattern with `.*$` would try each of the marks to the end: hours.
  const location = `/there${'?'.repeat(2_000_000)}\n`;
  const reason = 'status 301: redirected to /there, which is not followed';
  expect(outcomeOf(301, { location })).toMatchObject({ reason });
});

it('shows nothing of the credentials of the request', () => {
  const outcome = outcomeOf(401, { body: 'no secret:pass here' });
  expect(outcome).toEqual({ kind: 'refused', reason: 'status 401: no *** here' });
});
