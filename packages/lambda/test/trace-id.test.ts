import { describe, expect, it } from 'vitest';
import { type TraceSources, traceIdOf } from '../src/trace-id.ts';

const W3C = '4bf92f3577b34da6a3ce929d0e0e4736';
const TRACEPARENT = `00-${W3C}-00f067aa0ba902b7-01`;
const ROOT = '1-67891233-abcdef012345678912345678';
const XRAY = `Root=${ROOT};Parent=53995c3f42cd8ad8;Sampled=1`;

const event = (value: unknown) => ({ event: JSON.stringify(value) });
const headers = (traceparent: string) => ({ headers: { traceparent } });
const batch = (...traceparents: string[]) => ({
  Records: traceparents.map((stringValue) => ({
    messageAttributes: { traceparent: { stringValue, dataType: 'String' } },
  })),
});
const custom = (value: unknown) => ({ clientContext: JSON.stringify({ custom: value }) });

describe('traceIdOf', () => {
  const cases: [what: string, sources: TraceSources, expected: string | undefined][] = [
    ['nothing anywhere', {}, undefined],
    ['an X-Ray header', { xrayHeader: XRAY }, ROOT],
    [
      'an X-Ray header in another order',
      { xrayHeader: `Sampled=1;Lineage=a:0;Parent=53995c3f42cd8ad8; Root=${ROOT}` },
      ROOT,
    ],
    ['an X-Ray header without a root', { xrayHeader: 'Self=1-2-3' }, 'Self=1-2-3'],
    ['an id that has a NUL in it', { ...custom({ trace_id: 'a\0b' }), xrayHeader: XRAY }, ROOT],
    ['an id on two lines', { ...custom({ trace_id: 'a\nb' }), xrayHeader: XRAY }, ROOT],
    ['an id that is long', custom({ trace_id: 'a'.repeat(129) }), undefined],
    ['a root that is long', custom({ _X_AMZN_TRACE_ID: `Root=${'a'.repeat(129)}` }), undefined],
    ['an X-Ray header that is no text', custom({ _X_AMZN_TRACE_ID: ['Root=1'] }), undefined],
    ['a header of API Gateway', event({ headers: { traceparent: TRACEPARENT } }), W3C],
    ['a header in any case', event({ headers: { Traceparent: TRACEPARENT.toUpperCase() } }), W3C],
    ['multi-value headers', event({ multiValueHeaders: { TraceParent: [TRACEPARENT] } }), W3C],
    [
      'attributes of a queue message',
      event({
        Records: [
          { messageAttributes: { traceparent: { stringValue: TRACEPARENT, dataType: 'String' } } },
        ],
      }),
      W3C,
    ],
    [
      'attributes of a topic message',
      event({
        Records: [
          { Sns: { MessageAttributes: { traceparent: { Type: 'String', Value: TRACEPARENT } } } },
        ],
      }),
      W3C,
    ],
    [
      'a header of CloudFront',
      event({
        Records: [{ cf: { request: { headers: { traceparent: [{ value: TRACEPARENT }] } } } }],
      }),
      W3C,
    ],
    [
      'what a topic sends to a queue',
      event({
        Records: [
          {
            body: JSON.stringify(
              {
                Type: 'Notification',
                MessageAttributes: { traceparent: { Type: 'String', Value: TRACEPARENT } },
              },
              null,
              2,
            ),
          },
        ],
      }),
      W3C,
    ],
    [
      'the second message of a batch, when the first has an invalid one',
      event(batch(`00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, TRACEPARENT)),
      W3C,
    ],
    ['headers that come after an escaped quote', event({ a: '\\"', ...headers(TRACEPARENT) }), W3C],
    ['an event that is no JSON', { event: '{"headers":{"traceparent":', xrayHeader: XRAY }, ROOT],
    ['a version of the future', event(headers(`cc${TRACEPARENT.slice(2)}-more`)), W3C],
    ['an invalid version', event(headers(`ff${TRACEPARENT.slice(2)}`)), undefined],
    ['a parent id of zeros', event(headers(`00-${W3C}-${'0'.repeat(16)}-01`)), undefined],
    [
      'an object that cannot be a text',
      { ...event(headers({ toString: 1 } as never)), xrayHeader: XRAY },
      ROOT,
    ],
    ['text in a body', event({ body: JSON.stringify(headers(TRACEPARENT)) }), undefined],
    [
      'text in the body of a queue message',
      event({ Records: [{ body: JSON.stringify(headers(TRACEPARENT)) }] }),
      undefined,
    ],
    ['a field of the payload', event({ detail: { traceparent: TRACEPARENT } }), undefined],
    [
      'a word that only looks like it',
      event({ headers: { x_traceparent: TRACEPARENT } }),
      undefined,
    ],
    ['one too far behind', event({ a: 'x'.repeat(70_000), ...headers(TRACEPARENT) }), undefined],
    ['the client context', custom({ trace_id: 'abc' }), 'abc'],
    ['the other spelling', { clientContext: '{"Custom":{"trace_id":"abc"}}' }, 'abc'],
    ['X-Ray in the client context', custom({ _X_AMZN_TRACE_ID: XRAY }), ROOT],
    ['a client context that is no JSON', { clientContext: '{', xrayHeader: XRAY }, ROOT],
    ['a client context that is null', { clientContext: 'null', xrayHeader: XRAY }, ROOT],
    ['a trace id that is no text', { ...custom({ trace_id: 7 }), xrayHeader: XRAY }, ROOT],
    ['a blank trace id', { ...custom({ trace_id: ' ' }), xrayHeader: XRAY }, ROOT],
    [
      'all: custom.trace_id wins',
      {
        ...custom({ trace_id: 'abc', _X_AMZN_TRACE_ID: 'Root=b' }),
        ...event(headers(TRACEPARENT)),
        xrayHeader: XRAY,
      },
      'abc',
    ],
    [
      'then custom._X_AMZN_TRACE_ID',
      { ...custom({ _X_AMZN_TRACE_ID: 'Root=b' }), ...event(headers(TRACEPARENT)) },
      'b',
    ],
    ['then traceparent', { ...event(headers(TRACEPARENT)), xrayHeader: XRAY }, W3C],
  ];
  it.each(cases)('%s', (_, sources, expected) => {
    expect(traceIdOf(sources)).toBe(expected);
  });

  it('finds nothing in a hostile event, however deep it is', () => {
    const deep = 100_000;
    const list = `${'['.repeat(deep)}"traceparent"${']'.repeat(deep)}`;
    const objects = `${'{"headers":'.repeat(deep)}"traceparent"${'}'.repeat(deep)}`;
    for (const hostile of ['\\"traceparent\\"'.repeat(8000), list, objects])
      expect(traceIdOf({ event: hostile })).toBeUndefined();
  });
});
