/** The ids of the OpenTelemetry span that is active, read from the API that the application has loaded, if any. */
import type { RecordContext } from '../record/record.ts';

/** Where every 1.x version of `@opentelemetry/api` keeps its global state. */
const API = Symbol.for('opentelemetry.js.api.1');
/** The key under which a context holds its span. */
const SPAN = Symbol.for('OpenTelemetry Context Key SPAN');
const INVALID_TRACE_ID = '00000000000000000000000000000000';
const ID = /^[0-9a-f]+$/;

interface SpanContext {
  readonly traceId?: unknown;
  readonly spanId?: unknown;
}

interface OpenTelemetryApi {
  readonly context?: {
    active(): {
      getValue(key: symbol): { spanContext?(): SpanContext | undefined } | undefined;
    };
  };
}

/** What was made of the span context seen last: a span logs more than one line. */
let lastSpanContext: SpanContext | undefined;
let lastRecordContext: RecordContext | undefined;

/** Returns the ids of the active span; undefined without the API, without a span and when it is not valid. Never throws. */
export function activeSpanContext(): RecordContext | undefined {
  const api = (globalThis as { [API]?: OpenTelemetryApi })[API];
  if (api === undefined) return undefined;
  try {
    const spanContext = api.context?.active().getValue(SPAN)?.spanContext?.();
    if (spanContext === undefined) return undefined;
    if (spanContext !== lastSpanContext) {
      lastRecordContext = toRecordContext(spanContext);
      lastSpanContext = spanContext;
    }
    return lastRecordContext;
  } catch {
    return undefined;
  }
}

function toRecordContext({ traceId, spanId }: SpanContext): RecordContext | undefined {
  if (!isId(traceId, 32) || traceId === INVALID_TRACE_ID) return undefined;
  return isId(spanId, 16) ? { trace_id: traceId, span_id: spanId } : { trace_id: traceId };
}

function isId(value: unknown, length: number): value is string {
  return typeof value === 'string' && value.length === length && ID.test(value);
}
