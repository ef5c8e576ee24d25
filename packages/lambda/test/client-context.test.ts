import { describe, expect, it } from 'vitest';
import { withTraceId } from '../src/client-context.ts';

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64');
}

function decode(text: unknown): unknown {
  return JSON.parse(Buffer.from(String(text), 'base64').toString());
}

describe('withTraceId', () => {
  it.each([
    ['none', undefined, { custom: { trace_id: 't' } }],
    ['an empty one', '', { custom: { trace_id: 't' } }],
    ['one of its own', encode({ env: 1 }), { env: 1, custom: { trace_id: 't' } }],
    ['custom fields', encode({ custom: { a: 1 } }), { custom: { a: 1, trace_id: 't' } }],
    ['the other spelling', encode({ Custom: { a: 1 } }), { Custom: { a: 1, trace_id: 't' } }],
    ['an empty trace id', encode({ custom: { trace_id: '' } }), { custom: { trace_id: 't' } }],
  ])('adds the trace id to %s', (_, given, expected) => {
    expect(decode(withTraceId(given, 't'))).toEqual(expected);
  });

  it.each([
    ['with a trace id', encode({ custom: { trace_id: 'own' } })],
    ['with an X-Ray header', encode({ custom: { _X_AMZN_TRACE_ID: 'Root=1' } })],
    ['whose custom part is no object', encode({ custom: 'x' })],
    ['that is no object', encode([1])],
    ['that is no JSON', 'e30'.repeat(3)],
    ['that is no text', 7],
    ['that would get too long', encode({ custom: { long: 'x'.repeat(2650) } })],
  ])('leaves one alone %s', (_, given) => {
    expect(withTraceId(given, 't')).toBe(given);
  });
});
