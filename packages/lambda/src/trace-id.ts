/** Finds the trace id of an invocation in the places where callers put one. Pure. */
import { parseJson } from '@direct-logging/core';

/** Where a trace id can be. Each is text that has not been parsed yet. */
export interface TraceSources {
  /** The client context, a JSON object whose `custom` (or `Custom`) holds what the caller passed. */
  readonly clientContext?: string | undefined;
  readonly event?: string | undefined;
  /** The X-Ray header, `Root=1-…;Parent=…;Sampled=1` in any order. */
  readonly xrayHeader?: string | undefined;
}

/**
 * The first of: `custom.trace_id`, the root of `custom._X_AMZN_TRACE_ID`, the trace id of a W3C `traceparent` in the
 * headers or message attributes of the event, the root of the X-Ray header. For a batch event, it is the trace id of the first message that carries one.
 */
export function traceIdOf(sources: TraceSources): string | undefined {
  const custom = customOf(sources.clientContext);
  return (
    idIn(custom?.trace_id) ??
    rootOf(custom?._X_AMZN_TRACE_ID) ??
    traceparentIn(sources.event) ??
    rootOf(sources.xrayHeader)
  );
}

/** The runtime client itself reports a malformed client context. */
function customOf(clientContext = ''): Record<string, unknown> | undefined {
  const parsed = parseJson(clientContext) as Record<string, Record<string, unknown>> | undefined;
  return parsed?.custom ?? parsed?.Custom;
}

/** The caller can have put anything there. */
const ID = /^[!-~]{1,128}$/;

function idIn(value: unknown): string | undefined {
  const id = typeof value === 'string' ? value.trim() : '';
  return ID.test(id) ? id : undefined;
}

function rootOf(header: unknown): string | undefined {
  if (typeof header !== 'string') return undefined;
  const root = /(?:^|;)\s*root=\s*([^\s;]+)/i.exec(header);
  // Without a root, the caller can still be found by the whole value.
  return idIn(root === null ? header : root[1]);
}

/** An event can have megabytes. Headers and message attributes come early. */
const SEARCHED_CHARACTERS = 64 * 1024;

/** Where an event has headers and message attributes: the names above the value, in lower case, without list positions. */
const PLACES: ReadonlySet<string> = new Set([
  // API Gateway, function URLs, load balancers; AppSync; CloudFront.
  ...['headers.traceparent', 'multivalueheaders.traceparent'],
  ...['request.headers.traceparent', 'records.cf.request.headers.traceparent.value'],
  // SQS; SNS; what SNS sends to SQS.
  'records.messageattributes.traceparent.stringvalue',
  'records.sns.messageattributes.traceparent.value',
  'records.body.messageattributes.traceparent.value',
]);
/** None of these places is deeper. */
const MAX_DEPTH = 10;
const NOTIFICATION = /^\s*\{\s*"Type"\s*:\s*"Notification"/;
/** A string with what tells whether it is a name, a bracket, or the quote of a string that is cut. */
const TOKEN = /"([^"\\]*(?:\\.[^"\\]*)*)"\s*(:?)|[{}[\]"]/gs;
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-|$)/i;

function traceparentIn(event: string | undefined): string | undefined {
  const searched = event?.slice(0, SEARCHED_CHARACTERS);
  if (searched === undefined || !/traceparent/i.test(searched)) return undefined;
  return traceparentAt(searched, []);
}

/** Walks through the text without parsing it, since it can be cut. A string is one step, so that its content never counts. */
function traceparentAt(json: string, above: readonly string[]): string | undefined {
  const names = [...above];
  let name = '';
  for (const [token, text, colon] of json.matchAll(TOKEN)) {
    if (token === '"') break;
    if (token === '{' || token === '[') {
      names.push(name);
      name = '';
    } else if (text === undefined) name = names.pop() ?? '';
    else if (colon === ':') name = text.toLowerCase();
    else {
      const traceId = traceIdOfString(text, [...names.slice(0, MAX_DEPTH), name]);
      if (traceId !== undefined) return traceId;
    }
  }
  return undefined;
}

function traceIdOfString(text: string, names: readonly string[]): string | undefined {
  const place = names.filter((name) => name !== '').join('.');
  if (PLACES.has(place)) return traceIdOfTraceparent(text);
  if (place !== 'records.body' || !/traceparent/i.test(text)) return undefined;
  const body = String(parseJson(`"${text}"`));
  return NOTIFICATION.test(body) ? traceparentAt(body, ['records', 'body']) : undefined;
}

/** Undefined for a value that W3C calls invalid: version `ff`, or an id that is all zeros. */
function traceIdOfTraceparent(value: string): string | undefined {
  const [, version, traceId, parentId] = TRACEPARENT.exec(value.trim()) ?? [];
  const isValid = version?.toLowerCase() !== 'ff' && isId(traceId) && isId(parentId);
  return isValid ? traceId?.toLowerCase() : undefined;
}

function isId(id: string | undefined): boolean {
  return id !== undefined && !/^0+$/.test(id);
}
