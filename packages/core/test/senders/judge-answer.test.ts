import { expect, it } from 'vitest';
import { outcomeOfAnswer } from '../../src/senders/judge-answer.ts';
import { bareAnswer } from './bare-answer.ts';

const NOW = Date.UTC(2026, 0, 1);
const outcomeOf = (status: number, date?: string) =>
  outcomeOfAnswer({ ...bareAnswer(status), date }, {}, NOW);

it.each([
  [199, 'refused'],
  [200, 'delivered'],
  [204, 'delivered'],
  [300, 'refused'],
])('takes %i as %s', (status, kind) => {
  expect(outcomeOf(status).kind).toBe(kind);
});

it.each([
  ['application/json', 'delivered'],
  ['text/plain; charset=utf-8', 'delivered'],
  ['text/html', 'refused'],
  ['text/html; charset=utf-8', 'refused'],
])('takes a 200 of the type %s as %s', (type, kind) => {
  expect(outcomeOfAnswer({ ...bareAnswer(200), type }, {}, NOW).kind).toBe(kind);
});

it.each([
  [0, undefined],
  [23, undefined],
  [-23, undefined],
  [25, 25],
  [-25, -25],
])('tells of a clock that is %i hours ahead of the server: %s', (ahead, told) => {
  const date = new Date(NOW - ahead * 3_600_000).toUTCString();
  const clockAheadMs = told === undefined ? undefined : told * 3_600_000;
  const outcome = outcomeOf(200, date);
  expect(outcome).toEqual(
    clockAheadMs === undefined ? { kind: 'delivered' } : { kind: 'delivered', clockAheadMs },
  );
  expect(outcomeOf(200, 'soon')).toEqual({ kind: 'delivered' });
});
