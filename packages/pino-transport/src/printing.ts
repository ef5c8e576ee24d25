/** Sees what is printed: the capture of the standard streams hands everything to the same transport. */

import {
  type IntegrationHost,
  type LogInput,
  type PrintedLine,
  printedSoFar,
  type Stream,
} from '@direct-logging/core';
import { createAhead } from './ahead.ts';
import { inputFrom, type LineFacts, withoutEnd } from './from-line.ts';

/** How a logger's lines are told from what is printed. */
export interface Printing {
  /** Grows with everything that is printed, within one call at least. */
  readonly count: number;
  /** Hands a message to the transport. */
  ship(input: LogInput): void;
  /** Tells the capture what is known of a line that may be printed next. */
  tell(line: string, read: () => LineFacts): void;
  /** A line that others ship is also printed. */
  skip(line: string): void;
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
  host: IntegrationHost,
  isShipped: (stream: Stream) => boolean,
): Printing {
  const { transport, printing } = host;
  const before = Object.getOwnPropertyDescriptor(transport, 'write');
  const write = transport.write;
  const ahead = createAhead();
  const ship = (input: LogInput): void => Reflect.apply(write, transport, [input]);
  const watched = (input: LogInput): void => {
    const isKnown =
      input?.stream !== undefined && (isShipped(input.stream) || ahead.isShipped(input.text));
    if (!isKnown) ship(input);
  };
  Object.defineProperty(transport, 'write', { value: watched, writable: true, configurable: true });
  return {
    get count() {
      return printedSoFar(host);
    },
    ship,
    tell(line, read) {
      const told: PrintedLine = {
        is: (text) => text === line || text === withoutEnd(line),
        toInput() {
          // It is printed once: the same text again is somebody else's.
          if (printing.line === told) printing.line = undefined;
          return inputFrom(line, attempt(read));
        },
      };
      printing.line = told;
    },
    skip(line) {
      ahead.remember(withoutEnd(line));
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

/** Whatever we don't understand in somebody's logger, its line is printed. */
function attempt(read: () => LineFacts): LineFacts {
  try {
    return read();
  } catch {
    return {};
  }
}
