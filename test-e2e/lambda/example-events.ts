/** The events of the example function and what they make it print. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

/** Its folder. */
export const EXAMPLE: string = fileURLToPath(
  new URL('../../apps/lambda-example/', import.meta.url),
);

/** What each event makes the example print, debugging output excepted, which is not shipped by default. */
export const EVENTS = [
  {
    name: 'order',
    messages: [
      ['INFO', 'POST /orders from 203.0.113.24'],
      ['INFO', "{ customer: 'Zoë Kovač', articles: 1 }"],
      ['INFO', 'Order accepted'],
    ],
  },
  {
    name: 'large-order',
    messages: [
      ['INFO', 'POST /orders from 203.0.113.24'],
      ['INFO', "{ customer: 'Teehaus Nord', articles: 2 }"],
      ['WARN', 'Only 3 of tea-black-250 left, 10 ordered'],
      ['INFO', 'Order accepted'],
    ],
  },
  {
    name: 'unknown-article',
    messages: [
      ['INFO', 'POST /orders from 203.0.113.24'],
      ['INFO', "{ customer: 'Zoë Kovač', articles: 1 }"],
      [
        'ERROR',
        expect.stringMatching(/^Order refused: RangeError: There is no article coffee-500\n/),
      ],
    ],
  },
] as const;

/** The event as API Gateway sends it. */
export function eventOf(name: string): { readonly headers: Readonly<Record<string, string>> } {
  return JSON.parse(readFileSync(`${EXAMPLE}events/${name}.json`, 'utf8'));
}

/** The trace id in the `traceparent` header. */
export function traceIdOf(
  headers: Readonly<Record<string, string>> | undefined,
): string | undefined {
  return headers?.traceparent?.split('-')[1];
}
