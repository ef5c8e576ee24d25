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
 * The first of: `custom.trace_id`, the root of `custom._X_AMZN_TRACE_ID`, the trace id of a W3C `traceparent` in the headers or
 * message attributes of the event, the root of the X-Ray header. In a batch of messages, the first one with a `traceparent` counts.
 */
export function traceIdOf(sources: TraceSources): string | undefined {
  // The runtime client itself reports a malformed client context.
  const context = parseJson(sources.clientContext ?? '') as ClientContext;
  const custom = context?.custom ?? context?.Custom;
  return (
    idIn(custom?.trace_id) ??
    rootOf(custom?._X_AMZN_TRACE_ID) ??
    traceparentIn(sources.event) ??
    rootOf(sources.xrayHeader)
  );
}

type ClientContext = Record<string, Record<string, unknown>> | undefined;

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

/** Paths of headers and message attributes in an event: the names in lower case, each with a dot after it, without positions in lists. */
const PLACES: readonly string[] = [
  // API Gateway, function URLs, load balancers; AppSync; CloudFront.
  ...['headers.traceparent.', 'multivalueheaders.traceparent.'],
  ...['request.headers.traceparent.', 'records.cf.request.headers.traceparent.value.'],
  // SQS; SNS; what SNS sends to SQS.
  'records.messageattributes.traceparent.stringvalue.',
  'records.sns.messageattributes.traceparent.value.',
  'records.body.messageattributes.traceparent.value.',
];
const NOTIFICATION = /^\s*\{\s*"Type"\s*:\s*"Notification"/;
/** W3C calls version `ff` invalid, and an id that is all zeros. */
const TRACEPARENT =
  /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/i;

function traceparentIn(event = ''): string | undefined {
  if (!/traceparent/i.test(event.slice(0, SEARCHED_CHARACTERS))) return undefined;
  for (const text of textsAt(parseJson(event), '')) {
    const [, traceId] = TRACEPARENT.exec(text.trim()) ?? [];
    if (traceId !== undefined) return traceId.toLowerCase();
  }
  return undefined;
}

/** What is in these places, in the order of the event. */
function* textsAt(value: unknown, place: string): Generator<string> {
  for (const one of [value].flat()) {
    const text = typeof one === 'string' ? one : '';
    const isSent = place === 'records.body.' && NOTIFICATION.test(text);
    const within: unknown = isSent ? parseJson(text) : one;
    if (PLACES.includes(place)) yield text;
    else if (typeof within === 'object' && within !== null)
      for (const [name, below] of Object.entries(within)) {
        const path = `${place}${name.toLowerCase()}.`;
        if (PLACES.some((known) => known.startsWith(path))) yield* textsAt(below, path);
      }
  }
}
