import { afterEach, expect, test } from 'vitest';
import { activeSpanContext } from '../../src/process/span-context.ts';

const API = Symbol.for('opentelemetry.js.api.1');
const SPAN = Symbol.for('OpenTelemetry Context Key SPAN');
const world = globalThis as Record<symbol, unknown>;

function activate(spanContext: unknown): void {
  const getValue = (key: symbol): unknown =>
    key === SPAN ? { spanContext: () => spanContext } : undefined;
  world[API] = { version: '1.9.0', context: { active: () => ({ getValue }) } };
}

afterEach(() => {
  delete world[API];
});

test('nothing without the API, a context manager or a span', () => {
  expect(activeSpanContext()).toBeUndefined();
  world[API] = { version: '1.9.0' };
  expect(activeSpanContext()).toBeUndefined();
  world[API] = { context: { active: () => ({ getValue: () => undefined }) } };
  expect(activeSpanContext()).toBeUndefined();
});

test('ids of the active span, the same object for the same span', () => {
  activate({ traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' });
  const context = activeSpanContext();
  expect(context).toEqual({
    trace_id: '0af7651916cd43dd8448eb211c80319c',
    span_id: 'b7ad6b7169203331',
  });
  expect(activeSpanContext()).toBe(context);
});

test('invalid ids are none', () => {
  activate({ traceId: '0'.repeat(32), spanId: '0'.repeat(16) });
  expect(activeSpanContext()).toBeUndefined();
  activate({ traceId: 42 });
  expect(activeSpanContext()).toBeUndefined();
});

test('never throws', () => {
  world[API] = {
    context: {
      active() {
        throw new Error('no');
      },
    },
  };
  expect(activeSpanContext()).toBeUndefined();
});
