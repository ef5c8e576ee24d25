import { expect, test } from 'vitest';
import { activeSpanContext, type OpenTelemetryApi } from '../../src/process/span-context.ts';

const SPAN = Symbol.for('OpenTelemetry Context Key SPAN');

/** The API while this span is active. */
function during(spanContext: object): OpenTelemetryApi {
  const getValue = (key: symbol) => (key === SPAN ? { spanContext: () => spanContext } : undefined);
  return { context: { active: () => ({ getValue }) } };
}

test('nothing without the API, a context manager or a span', () => {
  expect(activeSpanContext(undefined)).toBeUndefined();
  expect(activeSpanContext({})).toBeUndefined();
  const getValue = () => undefined;
  expect(activeSpanContext({ context: { active: () => ({ getValue }) } })).toBeUndefined();
});

test('ids of the active span, the same object for the same span', () => {
  const api = during({ traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' });
  const context = activeSpanContext(api);
  expect(context).toEqual({
    trace_id: '0af7651916cd43dd8448eb211c80319c',
    span_id: 'b7ad6b7169203331',
  });
  expect(activeSpanContext(api)).toBe(context);
});

test('invalid ids are none', () => {
  const zeros = during({ traceId: '0'.repeat(32), spanId: '0'.repeat(16) });
  expect(activeSpanContext(zeros)).toBeUndefined();
  expect(activeSpanContext(during({ traceId: 42 }))).toBeUndefined();
});

test('never throws', () => {
  const active = () => {
    throw new Error('no');
  };
  expect(activeSpanContext({ context: { active } })).toBeUndefined();
});
