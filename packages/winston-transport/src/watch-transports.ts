/** Tells the capture which line a transport is printing: of text alone it could not tell message, level and fields. */
import type { PrintedLine, Printing } from '@direct-logging/core';
import type { Info } from './from-info.ts';
import type { WinstonLogger, WinstonTransport } from './route.ts';

/** Watches transports, once each. */
export interface TransportWatch {
  /** From now on, lines that the transports of this logger are given are told. */
  follow(logger: WinstonLogger): void;
  /** Takes all hooks off. */
  undo(): void;
}

type Log = (...args: unknown[]) => unknown;

const MESSAGE = Symbol.for('message');

/** @param toInput What is shipped for the line that a transport prints; undefined when it has been shipped. */
export function watchTransports(
  printing: Printing,
  toInput: (transport: WinstonTransport, info: Info) => ReturnType<PrintedLine['toInput']>,
): TransportWatch {
  const ours = new WeakSet<object>();
  const undos: (() => void)[] = [];

  function hook(transport: WinstonTransport, log: Log): void {
    // A class's method is hooked where it stands, for all its transports.
    const owner = ownerOf(transport, 'log');
    const before = owner && Object.getOwnPropertyDescriptor(owner, 'log');
    if (owner === undefined || before?.configurable !== true || !('value' in before)) return;
    // A proxy: winston looks at its length, a test perhaps at its calls.
    const hooked = new Proxy(log, {
      apply(target, self: WinstonTransport, args: unknown[]) {
        const outer = printing.line;
        printing.line = lineOf(self, args[0]);
        try {
          return Reflect.apply(target, self, args);
        } finally {
          printing.line = outer;
        }
      },
    });
    ours.add(hooked);
    Object.defineProperty(owner, 'log', { ...before, value: hooked });
    undos.push(() => {
      if (Object.getOwnPropertyDescriptor(owner, 'log')?.value !== hooked) return;
      Object.defineProperty(owner, 'log', before);
    });
  }

  function lineOf(transport: WinstonTransport, info: unknown): PrintedLine | undefined {
    if (typeof info !== 'object' || info === null) return undefined;
    return {
      is: (text) => isLine(text, (info as Info)[MESSAGE], transport.eol),
      toInput: () => toInput(transport, info as Info),
    };
  }

  return {
    follow(logger) {
      for (const piped of logger.transports) {
        const transport = piped.transport ?? piped;
        const log: unknown = transport.log;
        if (typeof log === 'function' && !ours.has(log)) hook(transport, log as Log);
      }
    },
    undo() {
      for (const undo of undos.splice(0)) undo();
    },
  };
}

function ownerOf(object: object, name: string): object | undefined {
  for (let at: object | null = object; at !== null; at = Object.getPrototypeOf(at)) {
    if (Object.hasOwn(at, name)) return at;
  }
  return undefined;
}

/** Printed through the console or a stream; anything else, changed by somebody on the way, is what it looks like. */
function isLine(text: string, message: unknown, eol: unknown): boolean {
  // A format that makes no text of a line leaves `undefined` to be printed.
  const line = message === undefined ? 'undefined' : message;
  if (typeof line !== 'string' || !text.startsWith(line)) return false;
  const end = text.slice(line.length);
  return end === '' || end === '\n' || end === eol;
}
