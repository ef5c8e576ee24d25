/** Sees every line that a transport logs, and tells the capture which one is being printed: text alone would not say. */
import { type PrintedLine, type Printing, Undos } from '@direct-logging/core';
import type { Info } from './from-info.ts';
import type { WinstonLogger, WinstonTransport } from './route.ts';

/** Watches transports, once each. */
export interface TransportWatch {
  /** From now on, lines that the transports of this logger log are told. */
  follow(logger: WinstonLogger): void;
  /** Takes all hooks off. */
  undo(): void;
}

/** What is told. Nothing in it throws. */
export interface LogObserver {
  /** The transport is about to log the line, formatted as it has it. */
  logging(transport: WinstonTransport, info: Info): void;
  /** What is shipped for the line that the transport prints; undefined when it has been shipped. */
  printed(transport: WinstonTransport, info: Info): ReturnType<PrintedLine['toInput']>;
}

type Log = (...args: unknown[]) => unknown;

const MESSAGE = Symbol.for('message');

export function watchTransports(printing: Printing, observer: LogObserver): TransportWatch {
  const ours = new WeakSet<object>();
  const undos = new Undos();

  function hook(transport: WinstonTransport, log: Log): void {
    // A class's method is hooked where it stands, for all its transports.
    const owner = ownerOf(transport, 'log');
    const before = owner && Object.getOwnPropertyDescriptor(owner, 'log');
    if (owner === undefined || before?.configurable !== true || !('value' in before)) return;
    // A proxy: winston looks at its length, a test perhaps at its calls.
    const hooked = new Proxy(log, {
      apply(target, self: WinstonTransport, args: unknown[]) {
        const [info] = args;
        if (!isInfo(info)) return Reflect.apply(target, self, args);
        const outer = printing.line;
        printing.line = lineOf(self, info);
        try {
          observer.logging(self, info);
          return Reflect.apply(target, self, args);
        } finally {
          printing.line = outer;
        }
      },
    });
    ours.add(hooked);
    Object.defineProperty(owner, 'log', { ...before, value: hooked });
    undos.add(owner, () => {
      if (Object.getOwnPropertyDescriptor(owner, 'log')?.value !== hooked) return;
      Object.defineProperty(owner, 'log', before);
    });
  }

  function lineOf(transport: WinstonTransport, info: Info): PrintedLine {
    return {
      is: (text) => isLine(text, info[MESSAGE], transport.eol),
      toInput: () => observer.printed(transport, info),
    };
  }

  return {
    follow(logger) {
      for (const piped of logger.transports) {
        const transport = piped.transport ?? piped;
        const { log } = transport;
        if (typeof log === 'function' && !ours.has(log)) hook(transport, log as Log);
      }
    },
    undo: () => undos.run(),
  };
}

function isInfo(info: unknown): info is Info {
  return typeof info === 'object' && info !== null;
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
