/** Puts a trace id into the client context that a caller passes to the function it invokes. Pure. */
import { parseJson } from '@direct-logging/core';

/** The service refuses a longer client context. In characters of base64. */
const MAX_CHARACTERS = 3583;

/**
 * The client context, base64 of a JSON object, with the trace id as `custom.trace_id`. It stays as it is if it already
 * names a trace id, if it cannot be read, or if it would become too long.
 */
export function withTraceId(given: unknown, traceId: string): unknown {
  const context = read(given);
  if (context === undefined) return given;
  const name = context.custom === undefined && context.Custom !== undefined ? 'Custom' : 'custom';
  const custom = context[name] ?? {};
  if (!isObject(custom) || custom.trace_id || custom._X_AMZN_TRACE_ID) return given;
  const json = JSON.stringify({ ...context, [name]: { ...custom, trace_id: traceId } });
  const text = Buffer.from(json).toString('base64');
  return text.length > MAX_CHARACTERS ? given : text;
}

function read(given: unknown): Record<string, unknown> | undefined {
  if (given === undefined || given === null || given === '') return {};
  if (typeof given !== 'string') return undefined;
  const context = parseJson(Buffer.from(given, 'base64').toString());
  return isObject(context) ? context : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
