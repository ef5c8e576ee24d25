/** The JSON lines of loggers and log formats: their message, level, time, error and ids are found where we have ours. */
import { expect, it } from 'vitest';
import { forTests } from '../environment/for-tests.ts';
import type { Row } from '../environment/victorialogs-queries.ts';
import { startPrograms } from './programs.ts';

const programs = forTests(startPrograms);

/** A minute ago: what has no time of its own would have a later one. */
const TIME = new Date(Math.floor(Date.now() / 1000) * 1000 - 60_000 + 123).toISOString();
const STACK = 'TypeError: told\n    at somewhere (file.js:1:1)';
const TRACE = 'abcdef0123456789abcdef0123456789';
const message = { _msg: 'message' };
const at = { time: TIME.slice(0, -1) };
const error = { 'error.type': 'TypeError', 'error.message': 'told', 'error.stack': STACK };

const EXPECTED: Readonly<Record<string, readonly Row[]>> = {
  pino: [{ ...message, ...at, ...error, level: 'ERROR' }],
  winston: [
    { ...message, ...at, level: 'WARN', order: '7' },
    { ...at, _msg: 'told', level: 'ERROR', 'error.stack': STACK },
  ],
  bunyan: [
    { ...message, ...error, level: 'FATAL', name: 'shop' },
    { ...message, ...at, level: 'WARN', v: '0' },
  ],
  'node:logger': [
    { ...message, ...at, level: 'WARN', name: 'shop', order: '7' },
    { ...at, ...error, _msg: 'told', level: 'ERROR', name: 'shop' },
  ],
  powertools: [
    {
      ...message,
      level: 'ERROR',
      service: 'shop',
      'error.type': 'TypeError',
      'error.message': 'told',
    },
    { ...message, ...at, level: 'WARN', sampling_rate: '0', xray_trace_id: '1-5' },
  ],
  lambda: [
    { ...message, ...at, level: 'ERROR', requestId: 'r-1' },
    { ...at, _msg: 'told', level: 'ERROR', 'error.type': 'TypeError', 'error.message': 'told' },
  ],
  'scales of their own': [
    ...[{ level: 'ERROR' }, { level: 'INFO' }, { level: 'WARN' }, { level: 'ERROR' }],
  ],
  ecs: [
    { ...message, ...at, ...error, level: 'WARN', trace_id: TRACE, 'ecs.version': '8.10.0' },
    { ...message, ...error, level: 'ERROR' },
  ],
  opentelemetry: [
    { ...message, ...at, level: 'ERROR', trace_id: TRACE, span_id: '0123456789abcdef' },
    { ...message, ...at, ...error, level: 'WARN', trace_id: TRACE },
  ],
};

it.each(Object.entries(EXPECTED))('%s', async (shape, expected) => {
  const args = ['shapes.mjs', TIME, shape];
  const { rows } = await programs.ship({ args, expected: expected.length });
  const inOrder = rows.toSorted((one, other) => Number(one.seq) - Number(other.seq));
  const found = inOrder.map((row, index) => {
    const names = Object.keys(expected[index] ?? {});
    return Object.fromEntries(names.map((name) => [name, row[name]]));
  });
  expect(found).toEqual(expected);
});
