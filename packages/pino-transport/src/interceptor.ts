/** Intercepts every line that pino writes to a descriptor or file, in its final form, after all changes that the application made. @lazy */
import {
  type AnyFunction,
  afterThisRun,
  guarded,
  type IntegrationHost,
  imitate,
  LineCutter,
  LoggerLine,
  type Stream,
  undoAll,
  watchAssigned,
  watchChannel,
  watchFiles,
} from '@direct-logging/core';
import { inputFrom, levelIn } from './from-line.ts';
import { factsOf, METADATA, mayPrintInstead, type PinoLogger } from './logger-state.ts';

/** The parts of sonic-boom's stream that matter here. */
export interface SonicBoom {
  readonly fd: number;
  readonly minLength: number;
  readonly maxLength: number;
  readonly destroyed: boolean;
  /** How many bytes are waiting. */
  readonly _len: number;
  readonly _writing: boolean;
  /** Set by pino before every line. */
  lastLogger?: PinoLogger | undefined;
  lastLevel?: number | undefined;
  lastObj?: unknown;
  lastMsg?: unknown;
}

/** On this channel, pino 9.10 and newer publish every line that they have made. */
const CHANNEL = 'tracing:pino_asJson:end';
/** What pino tells about a line. */
interface Message {
  readonly instance: PinoLogger;
  /** The arguments of pino's `asJson(object, message, level, time)`. */
  readonly arguments: ArrayLike<unknown>;
  /** The line. Absent if it could not be made. */
  readonly result?: unknown;
}

/** One for all copies of pino in this thread. */
export class Interceptor {
  readonly #host: IntegrationHost;
  readonly #fs = process.getBuiltinModule('node:fs');
  readonly #write = this.#fs.write;
  readonly #writeSync = this.#fs.writeSync;
  /** A worker thread of pino receives only lines: it does not learn which logger they come from. */
  readonly #isThread = isThreadOfPino();
  /** Beginnings of lines that a worker thread has received in pieces. */
  readonly #begun = new WeakMap<SonicBoom, LineCutter>();
  readonly #known = new WeakMap<object, AnyFunction>();
  readonly #stopWatching: () => void;
  #made: LoggerLine | undefined;
  #isWatching = true;

  constructor(host: IntegrationHost) {
    this.#host = host;
    const onLine = guarded((message: unknown) => {
      const { instance, arguments: given, result } = message as Message;
      if (typeof result === 'string') this.#onMade(result, instance, given[2]);
    });
    this.#stopWatching = undoAll([watchChannel(CHANNEL, onLine), watchFiles(host)]);
  }

  /** The constructor of sonic-boom gives every stream its methods. A patch of the application comes later and goes on top. */
  watch(sonicBoom: object): void {
    Object.defineProperty(sonicBoom, METADATA, { value: true, configurable: true });
    watchAssigned(sonicBoom, 'write', (_, write) => this.#aroundWrite(write));
    for (const name of ['_actualWrite', 'flushSync'])
      watchAssigned(sonicBoom, name, (_, print) => this.#aroundPrinting(print));
  }

  /** From here on, the methods of streams only pass calls on. */
  undo(): void {
    this.#isWatching = false;
    this.#stopWatching();
  }

  /** Pino has made a line, which it writes next. */
  #onMade(text: string, logger: PinoLogger, level: unknown): void {
    // The logger may belong to a test that is over. Its line is written in this run.
    if (this.#made === undefined) afterThisRun(() => this.#forget());
    this.#made = this.#lineOf(text, logger, level);
    this.#host.printing.line = this.#made;
  }

  /** Our replacement of a `write` of sonic-boom. The same function always gets the same replacement. */
  #aroundWrite(original: unknown): unknown {
    const { printing } = this.#host;
    // If we do not understand a logger, it must still log.
    const take = guarded((boom: SonicBoom, data: unknown) => this.#take(boom, data));
    return this.#replace(original, (write) => {
      return function (this: SonicBoom, data: unknown): unknown {
        const { line: outer, isFresh } = printing;
        take(this, data);
        try {
          return write.call(this, data);
        } finally {
          printing.line = outer;
          printing.isFresh = isFresh;
        }
      };
    });
  }

  /** The same for the methods in which it prints what it has buffered. */
  #aroundPrinting(original: unknown): unknown {
    const { printing } = this.#host;
    return this.#replace(original, (print) => {
      return function (this: SonicBoom): unknown {
        const outer = printing.destination;
        printing.destination = this;
        try {
          return print.call(this);
        } finally {
          printing.destination = outer;
        }
      };
    });
  }

  #forget(): void {
    const { printing } = this.#host;
    if (printing.line === this.#made) printing.line = undefined;
    this.#made = undefined;
  }

  #replace(original: unknown, around: (original: AnyFunction) => AnyFunction): unknown {
    if (typeof original !== 'function') return original;
    const method = original as AnyFunction;
    const ours = this.#known.get(method) ?? imitate(around(method), method);
    this.#known.set(method, ours);
    return ours;
  }

  #take(boom: SonicBoom, data: unknown): void {
    const { printing } = this.#host;
    printing.isFresh = !waits(boom);
    const { lastLogger: logger, fd } = boom;
    const stream = fd === 1 ? 'stdout' : fd === 2 ? 'stderr' : undefined;
    // What was logged can be large. And what is later written past pino must not seem to have a logger.
    if (logger !== undefined) boom.lastLogger = boom.lastObj = boom.lastMsg = undefined;
    if (!this.#isWatching || refuses(boom, data)) return;
    if (printing.isFresh) printing.forget(boom);
    if (logger !== undefined) this.#takeLine(boom, String(data), stream, logger);
    else if (this.#isThread) this.#takeLines(boom, String(data), stream);
  }

  #takeLine(boom: SonicBoom, text: string, stream: Stream | undefined, logger: PinoLogger): void {
    const isOne = text.indexOf('\n') === text.length - 1;
    if (stream === undefined) {
      if (mayPrintInstead(logger, boom, boom.lastLevel)) return;
      // An application can hold lines back and write them together.
      for (const one of isOne ? [text] : text.split('\n')) {
        if (one !== '') this.#shipFiled(boom, this.#lineFor(boom, one, logger));
      }
    } else if (isOne && !waits(boom) && text.length >= boom.minLength) {
      this.#host.printing.line = this.#lineFor(boom, text, logger);
    } else if (isOne) {
      this.#shipAhead(boom, stream, this.#lineFor(boom, text, logger));
    }
  }

  /** In a worker thread, several lines come at once, and they can be cut anywhere. */
  #takeLines(boom: SonicBoom, data: string, stream: Stream | undefined): void {
    const begun = this.#begun.get(boom) ?? new LineCutter();
    this.#begun.set(boom, begun);
    // As where it is printed, an indented line belongs to the one above it.
    const lines = begun.add(data).join('\n');
    for (const text of lines.split(/\n(?![ \t])/)) {
      if (text === '') continue;
      const line = this.#lineFor(boom, `${text}\n`);
      if (stream === undefined) this.#shipFiled(boom, line);
      // A text for people can have several lines. It is captured when it is printed.
      else if (text.startsWith('{')) this.#shipAhead(boom, stream, line);
    }
  }

  #shipFiled(boom: SonicBoom, line: LoggerLine): void {
    const { transport } = this.#host;
    if (transport.loggers !== 'all') return;
    line.filed(boom, line.facts.text, (input) => transport.write(input));
  }

  /**
   * A line that waits in a buffer would die with the process, so it is shipped now. But if the application has replaced a
   * function of `fs`, only that knows what will be printed.
   */
  #shipAhead(boom: SonicBoom, stream: Stream, line: LoggerLine): void {
    const { printing, transport } = this.#host;
    if (this.#fs.write !== this.#write || this.#fs.writeSync !== this.#writeSync) return;
    if (!printing.expect(boom, stream, line.facts.text)) return;
    const input = line.toBePrinted(stream);
    if (input !== undefined) transport.write(input);
  }

  /** If the application has held a line back, `lastLevel` can be that of a later line. Then a level in the text counts. */
  #lineFor(boom: SonicBoom, text: string, logger?: PinoLogger): LoggerLine {
    let line = this.#made;
    if (logger === undefined || line?.facts.logger !== logger || !line.is(text)) {
      const own = levelIn(text);
      line = this.#lineOf(text, logger, typeof own === 'number' ? own : boom.lastLevel);
    }
    line.destination = boom;
    return line;
  }

  /** @param level pino's number. */
  #lineOf(text: string, logger: PinoLogger | undefined, level: unknown): LoggerLine {
    const number = typeof level === 'number' ? level : undefined;
    const toInput: LoggerLine['facts']['toInput'] = (line, stream) =>
      inputFrom(line, logger && factsOf(logger, number), stream);
    return new LoggerLine(this.#host, { text, logger, toInput });
  }
}

/** Whether it has lines that are not printed yet. */
function waits({ _writing, _len }: SonicBoom): boolean {
  return _writing || _len > 0;
}

/** Whether sonic-boom drops this data. */
function refuses({ destroyed, maxLength, _len }: SonicBoom, data: unknown): boolean {
  return destroyed || (maxLength > 0 && _len + Buffer.byteLength(String(data)) > maxLength);
}

/** Whether this is a worker thread that pino has started for its lines: thread-stream gives it this memory. */
function isThreadOfPino(): boolean {
  const { isMainThread, workerData } = process.getBuiltinModule('node:worker_threads');
  if (isMainThread || typeof SharedArrayBuffer === 'undefined') return false;
  const { dataBuf, stateBuf } = (workerData ?? {}) as { dataBuf?: unknown; stateBuf?: unknown };
  return dataBuf instanceof SharedArrayBuffer && stateBuf instanceof SharedArrayBuffer;
}
