/** Every function of the example with an event for it, its answer, and what it prints with the id of the invocation. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { EVENTS, EXAMPLE, eventOf } from './example-events.ts';

/** One function. */
interface ExampleFunction {
  /** What it shows. */
  readonly shows: string;
  /** `file.export`. */
  readonly handler: string;
  /** Name of its event in `events/`. */
  readonly event: string;
  /** What the caller gets, as JSON or as text. */
  readonly answer: { readonly kind: 'response' | 'error'; readonly body: unknown };
  /** The trace id in its event. Default: none. */
  readonly traceId?: string;
  /** Level and text of what it prints while it is loaded. */
  readonly atStart: readonly Message[];
  /** Level and text of what it prints during the invocation. */
  readonly messages: readonly Message[];
}

type Message = readonly [level: string, text: unknown];

/** All of them. */
export const FUNCTIONS: readonly ExampleFunction[] = [
  {
    shows: 'console',
    handler: 'index.handler',
    event: 'large-order',
    traceId: '0af7651916cd43dd8448eb211c80319c',
    answer: { kind: 'response', body: expect.objectContaining({ statusCode: 201 }) },
    atStart: [['INFO', 'Price list loaded: 2 articles']],
    messages: EVENTS[1].messages,
  },
  {
    shows: 'pino',
    handler: 'pino.handler',
    event: 'payment',
    answer: { kind: 'response', body: expect.objectContaining({ order: 17, taken: false }) },
    atStart: [['INFO', 'Payments are open']],
    messages: [
      ['INFO', 'Payment requested'],
      ['WARN', 'Large payment'],
      ['ERROR', 'Payment refused'],
    ],
  },
  {
    shows: 'winston',
    handler: 'winston.handler',
    event: 'parcel',
    answer: { kind: 'response', body: { order: 17, carrier: 'post' } },
    atStart: [['INFO', 'Carriers loaded']],
    messages: [
      ['INFO', 'Parcel weighed'],
      ['WARN', 'Parcel is heavy'],
      ['INFO', 'Parcel goes with post'],
    ],
  },
  {
    shows: 'streaming',
    handler: 'streaming.handler',
    event: 'export',
    answer: { kind: 'response', body: 'order,total\n1,8.90\n2,17.80\n3,26.70\n' },
    atStart: [],
    messages: [
      ['INFO', expect.stringMatching(/^Export [\da-f-]{36} begins$/)],
      ['INFO', 'Row 1 of 3 written'],
      ['INFO', 'Row 2 of 3 written'],
      ['INFO', 'Row 3 of 3 written'],
      ['INFO', 'Export is complete'],
    ],
  },
  {
    shows: 'failing',
    handler: 'failing.handler',
    event: 'refund',
    answer: {
      kind: 'error',
      body: expect.objectContaining({ errorMessage: 'Order 17 cannot be refunded' }),
    },
    atStart: [],
    messages: [
      ['INFO', 'Refund of order 17 requested'],
      ['ERROR', 'The bank does not answer'],
      ['ERROR', expect.stringMatching(/^Invoke Error.*Order 17 cannot be refunded/s)],
    ],
  },
  {
    shows: 'slow',
    handler: 'slow.handler',
    event: 'suppliers',
    answer: { kind: 'response', body: { asked: 3 } },
    atStart: [],
    messages: [
      ['INFO', 'Supplier 1 of 3 asked'],
      ['INFO', 'Supplier 2 of 3 asked'],
      ['INFO', 'Supplier 3 of 3 asked'],
      ['INFO', 'All suppliers have answered'],
    ],
  },
  {
    shows: 'TypeScript',
    handler: 'dist/typescript.handler',
    event: 'deliveries',
    traceId: '0af7651916cd43dd8448eb211c80319c',
    answer: {
      kind: 'response',
      body: { batchItemFailures: [{ itemIdentifier: '7c1b2d3e-4f50-4a61-8b72-9c83ad94be05' }] },
    },
    atStart: [['INFO', 'Stock is empty']],
    messages: [
      ['INFO', '2 deliveries'],
      ['INFO', '40 of tea-black-250 put into the stock'],
      ['WARN', expect.stringMatching(/^Delivery .* has 0 of tea-green-100$/)],
    ],
  },
];

/** The files of all of them by their path in the folder of the function, for a project. */
export const FUNCTION_FILES: Readonly<Record<string, string>> = Object.fromEntries(
  [
    'package.json',
    ...FUNCTIONS.map(({ handler }) => `${handler.slice(0, handler.lastIndexOf('.'))}.js`),
  ].map((path) => [path, EXAMPLE + path]),
);

/** The packages that they use, by version. */
export const EXAMPLE_PACKAGES: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(`${EXAMPLE}package.json`, 'utf8'),
).dependencies;

/** The event of a function. */
export function eventFor({ event }: ExampleFunction): object {
  return eventOf(event);
}
