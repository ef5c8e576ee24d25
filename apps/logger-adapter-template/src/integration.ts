/** Attachment without code: the lines of every Chatter are seen where it hands them over. */
import {
  type Integration,
  type IntegrationHost,
  type Ledger,
  type Level,
  type LoggersLine,
  type LogInput,
  replaceMethod,
  type Stream,
  watchFiles,
} from '@direct-logging/core';
import type { Chatter } from './chatter.ts';

const LEVELS: Readonly<Record<string, Level>> = { hush: 'DEBUG', talk: 'INFO', shout: 'ERROR' };

/** The capture ships what is printed, and learns from here which logger a line comes from. Lines for files are shipped here. */
export function chatterIntegration(Class: typeof Chatter): Integration {
  return { name: 'chatter', install: (host) => install(Class, host) };
}

function install({ prototype }: typeof Chatter, { printing, transport }: IntegrationHost) {
  // On the prototype: a patch that the application puts on an object goes on top, and we see what it lets through.
  const undo = replaceMethod(prototype, 'hand', (original) => {
    return function (this: Chatter, loudness: string, line: string): unknown {
      const outer = printing.line;
      printing.line = new Line(this, loudness, line, printing);
      try {
        return original.call(this, loudness, line);
      } finally {
        printing.line = outer;
      }
    };
  });
  const ship = (input: LogInput): void => transport.write(input);
  const unwatch = transport.loggers === 'all' ? watchFiles(printing, ship) : () => {};
  return () => {
    unwatch();
    undo();
  };
}

/** What the logger knows about the line that it hands over. Used only if exactly this text is printed or filed. */
class Line implements LoggersLine {
  readonly #logger: Chatter;
  readonly #loudness: string;
  readonly #text: string;
  readonly #ledger: Ledger;

  constructor(logger: Chatter, loudness: string, text: string, ledger: Ledger) {
    this.#logger = logger;
    this.#loudness = loudness;
    this.#text = text;
    this.#ledger = ledger;
  }

  is(text: string): boolean {
    return text === this.#text;
  }

  printed(stream: Stream): LogInput | undefined {
    return this.#ledger.isToBePrinted(this.#logger, this.#text) ? this.#input(stream) : undefined;
  }

  filed(file: object, text: string): LogInput | undefined {
    if (text !== this.#text || !this.#ledger.isFirstFiled(file, text)) return undefined;
    return this.#input();
  }

  /** The transport finds the time and ids in JSON by their usual names. The shape tells which parts have other names. */
  #input(stream?: Stream): LogInput {
    const { name } = this.#logger;
    const text = this.#text.slice(0, -1);
    return {
      text,
      logger: name,
      level: LEVELS[this.#loudness],
      shape: { message: 'said' },
      stream,
    };
  }
}
