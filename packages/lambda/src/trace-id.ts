/** Finds the trace id of an invocation in the places where callers put one. Pure. */

/** Where a trace id can be. Each is text that has not been parsed yet. */
export interface TraceSources {
  /** The client context, a JSON object whose `custom` (or `Custom`) holds what the caller passed. */
  readonly clientContext?: string | undefined;
  /** The event as JSON text. */
  readonly event?: string | undefined;
  /** The X-Ray header, `Root=1-…;Parent=…;Sampled=1` in any order. */
  readonly xrayHeader?: string | undefined;
}

/**
 * The first of: `custom.trace_id`, the root of `custom._X_AMZN_TRACE_ID`, the trace id of a W3C `traceparent` in the
 * event, the root of the X-Ray header. For a batch event, it is the trace id of the first message that carries one.
 */
export function traceIdOf(sources: TraceSources): string | undefined {
  const custom = customOf(sources.clientContext);
  return (
    nonEmpty(custom?.trace_id) ??
    rootOf(nonEmpty(custom?._X_AMZN_TRACE_ID)) ??
    traceparentIn(sources.event) ??
    rootOf(sources.xrayHeader)
  );
}

function customOf(clientContext: string | undefined): Record<string, unknown> | undefined {
  if (clientContext === undefined) return undefined;
  try {
    const parsed = JSON.parse(clientContext);
    return parsed?.custom ?? parsed?.Custom ?? undefined;
  } catch {
    // The runtime client reports a malformed client context itself.
    return undefined;
  }
}

function nonEmpty(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

function rootOf(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  for (const part of header.split(';')) {
    const root = /^\s*root=\s*(\S+)/i.exec(part);
    if (root !== null) return root[1];
  }
  // Without a root, the caller can still be found by the whole value.
  return nonEmpty(header);
}

/** An event can have megabytes. Headers and message attributes come early. */
const SEARCHED_CHARACTERS = 64 * 1024;

/**
 * `"traceparent":"00-…"` of headers, `["00-…"]` of multi-value headers, `{"stringValue":"00-…"}` of a queue's message
 * attributes, `{"Type":"String","Value":"00-…"}` of a topic's, with quotes escaped or not, since bodies are JSON in JSON.
 */
const TRACEPARENT =
  /"traceparent\\*"\s*:\s*(?:\[\s*|\{[^{}]{0,200}?"(?:string)?value\\*"\s*:\s*)?\\*"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}/gi;

function traceparentIn(event: string | undefined): string | undefined {
  if (event === undefined) return undefined;
  for (const match of event.slice(0, SEARCHED_CHARACTERS).matchAll(TRACEPARENT)) {
    const [, version = '', traceId = ''] = match;
    if (version.toLowerCase() !== 'ff' && !/^0+$/.test(traceId)) return traceId.toLowerCase();
  }
  return undefined;
}
