/** Sees what is printed: the capture of the standard streams hands everything to the same transport. */

import type { IntegrationHost, LogInput, Stream } from '@direct-logging/core';
import { createAhead } from './ahead.ts';

/** How a logger's lines are told from what is printed. */
export interface Printing {
  /** Grows with everything that is printed, within one call at least. */
  readonly count: number;
  /** Hands a message to the transport. */
  ship(input: LogInput): void;
  /** What is known about a line that is about to be printed: what is captured there as the same text is shipped as this. */
  expect(input: LogInput): void;
  /** A line that others ship is also printed. */
  skip(text: string): void;
  /** Hands a message to the transport that will be printed later, as the same text, on the stream that it names. */
  shipAhead(input: LogInput): void;
  /** Ends the watch. */
  undo(): void;
}

/**
 * Only captured output names the stream that it was printed to.
 * @param isShipped Whether what is being printed has been shipped before: then it is not handed on.
 */
export function watchPrinting(
  { transport, role }: IntegrationHost,
  isShipped: (stream: Stream) => boolean,
): Printing {
  const before = Object.getOwnPropertyDescriptor(transport, 'write');
  const write = transport.write;
  const ahead = createAhead();
  let count = 0;
  let expected: LogInput | undefined;
  const ship = (input: LogInput): void => Reflect.apply(write, transport, [input]);
  const watched = (input: LogInput): void => {
    if (input?.stream !== undefined) {
      count++;
      if (isShipped(input.stream) || ahead.isShipped(input.text)) return;
      if (expected?.text === input.text) {
        ship({ ...expected, stream: input.stream });
        expected = undefined;
        return;
      }
    }
    ship(input);
  };
  Object.defineProperty(transport, 'write', { value: watched, writable: true, configurable: true });
  return {
    get count() {
      return role === 'full' ? count : count + waiting();
    },
    ship,
    expect(input) {
      expected = input;
    },
    skip(text) {
      ahead.remember(text);
    },
    shipAhead(input) {
      if (ahead.remember(input.text)) ship(input);
    },
    undo() {
      if (transport.write !== watched) return;
      if (before === undefined) Reflect.deleteProperty(transport, 'write');
      else Object.defineProperty(transport, 'write', before);
    },
  };
}

/** What a worker thread prints through its console is captured in the thread that started it, later. */
function waiting(): number {
  return process.stdout.writableLength + process.stderr.writableLength;
}
