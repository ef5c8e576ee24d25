/** The ids of the active OpenTelemetry span, read from the API if the application has loaded it. @lazy */
import type { RecordContext } from '../record/record.ts';

/** The key under which a context holds its span. */
const SPAN = Symbol.for('OpenTelemetry Context Key SPAN');
const INVALID_TRACE_ID = '00000000000000000000000000000000';
const ID = /^[0-9a-f]+$/;

interface SpanContext {
  readonly traceId?: unknown;
  readonly spanId?: unknown;
}

/** The part of it that is used here. */
export interface OpenTelemetryApi {
  readonly context?: {
    active(): {
      getValue(key: symbol): { spanContext?(): SpanContext | undefined } | undefined;
    };
  };
}

/** The result for the last span context: a span often logs more than one line. */
let lastSpanContext: SpanContext | undefined;
let lastRecordContext: RecordContext | undefined;

/**
 * Returns the ids of the active span; undefined without a span, or when it is not valid. Never throws.
 * @param api The global state of `@opentelemetry/api`.
 */
export function activeSpanContext(api: OpenTelemetryApi | undefined): RecordContext | undefined {
  try {
    const spanContext = api?.context?.active().getValue(SPAN)?.spanContext?.();
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
