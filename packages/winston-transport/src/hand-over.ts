/**
 * Sees every line that a transport writes, in its final form, after all changes that the application made.
 *
 * @lazy
 */
import {
  type IntegrationHost,
  type Ledger,
  type LoggersLine,
  type LogInput,
  replaceMethod,
  type Stream,
  type Undos,
  watchWrites,
} from '@direct-logging/core';
import { type Info, inputFromLine } from './from-line.ts';
import {
  isFile,
  isHttp,
  isShippedByOurs,
  prints,
  routeOf,
  type WinstonTransport,
} from './route.ts';

const MESSAGE = Symbol.for('message');

/** A written line that waits: another transport of the same logger is about to print its own form of it. */
interface Left {
  readonly line: Line;
  readonly file: object;
  readonly input: LogInput;
}

/** Hooks the methods of transports. If we do not understand a logger, it must still log: nothing here throws. */
export class HandOver {
  readonly #host: IntegrationHost;
  readonly #undos: Undos;
  /** What the logger gave to the transport that is running, before the transport's own format. */
  #given: Info | undefined;
  #left: Left | undefined;
  /** For loggers with several transports: the lines that a printing transport has taken, and whether it printed them. */
  readonly #turns = new WeakMap<object, boolean>();

  constructor(host: IntegrationHost, undos: Undos) {
    this.#host = host;
    this.#undos = undos;
  }

  /**
   * Called while a transport is being made.
   * @param base The prototype of the class that all transports derive from.
   */
  follow(base: object, transport: object): void {
    this.#hook(base, '_write', (original) => this.#aroundWrite(original));
    const owner = ownerOf(transport, 'log');
    if (owner !== undefined) this.#hook(owner, 'log', (original) => this.#aroundLog(original));
  }

  /** Called when a transport is given a stream. The stream of a File is winston's own, and leads only to the file. */
  followStream(transport: object, stream: unknown): void {
    const { printing, transport: target } = this.#host;
    if (!isFile(transport) || !isObject(stream) || target.loggers !== 'all') return;
    this.#undos.add(
      stream,
      watchWrites(stream, printing, (input) => target.write(input)),
    );
  }

  #hook(owner: object, name: string, around: (original: Method) => Method): void {
    try {
      if (HOOKED.has(Reflect.get(owner, name))) return;
      const undo = replaceMethod(owner, name, around);
      HOOKED.add(Reflect.get(owner, name));
      this.#undos.add(owner, undo);
    } catch {
      // The class cannot be patched.
    }
  }

  #aroundWrite(original: Method): Method {
    const handOver = this;
    return function (...args) {
      const outer = handOver.#given;
      handOver.#given = args[0] as Info;
      try {
        return Reflect.apply(original, this, args);
      } finally {
        handOver.#given = outer;
        if (hasOthers(this)) handOver.#endTurn(this, args[0]);
      }
    };
  }

  #aroundLog(original: Method): Method {
    const handOver = this;
    const { printing, transport: target, role } = this.#host;
    // In such a thread, we do not see what is printed.
    const isPrintedElsewhere = role === 'descriptors';
    return function (...args) {
      const [info] = args;
      if (!isObject(info) || !isObject(this)) return Reflect.apply(original, this, args);
      const outer = printing.line;
      const line = new Line(handOver, this, info as Info, handOver.#given);
      printing.line = line;
      if (isPrintedElsewhere && hasOthers(this) && prints(this)) handOver.markPrinted(line);
      try {
        if (isHttp(this) && target.loggers === 'all') handOver.#shipSent(this, line);
        return Reflect.apply(original, this, args);
      } finally {
        printing.line = outer;
      }
    };
  }

  #shipSent(transport: WinstonTransport, line: Line): void {
    try {
      const input = line.filed(transport, line.text);
      if (input !== undefined) this.#host.transport.write(input);
    } catch {
      // winston still sends the line.
    }
  }

  get ledger(): Ledger {
    return this.#host.printing;
  }

  /** Whether a line was printed. Undefined if no printing transport has taken it yet. */
  wasPrinted(key: object): boolean | undefined {
    return this.#turns.get(key);
  }

  markPrinted({ key }: Line): void {
    this.#turns.set(key, true);
  }

  leave(left: Left): void {
    const before = this.#left;
    this.#left = left;
    if (before !== undefined) this.#shipLeft(before);
  }

  /** A printing transport is done with the line: its own format may have left the line out. */
  #endTurn(transport: WinstonTransport, info: unknown): void {
    if (!isObject(info) || !prints(transport)) return;
    if (!this.#turns.has(info)) this.#turns.set(info, false);
    const left = this.#left;
    if (left?.line.key !== info) return;
    this.#left = undefined;
    this.#shipLeft(left);
  }

  #shipLeft({ line, file, input }: Left): void {
    if (this.ledger.isFirstFiled(file, line.key)) this.#host.transport.write(input);
  }
}

type Method = (this: WinstonTransport, ...args: unknown[]) => unknown;
const HOOKED = new WeakSet<object>();

/** A line that a transport is logging. */
class Line implements LoggersLine {
  readonly #handOver: HandOver;
  readonly #transport: WinstonTransport;
  readonly #info: Info;
  readonly #isGivenNow: boolean;
  /** The same for all transports of a logger. */
  readonly key: object;

  constructor(by: HandOver, transport: WinstonTransport, info: Info, given: Info | undefined) {
    this.#handOver = by;
    this.#transport = transport;
    this.#info = info;
    this.#isGivenNow = given !== undefined;
    this.key = given ?? info;
  }

  /** If a format makes no text, the word `undefined` is printed. */
  get text(): string {
    return String(this.#info[MESSAGE]);
  }

  /** Whether the console or a stream printed this line. A text that was changed on the way is not recognized as the line. */
  is(written: string): boolean {
    const { text } = this;
    if (!written.startsWith(text)) return false;
    const end = written.slice(text.length);
    return end === '' || end === '\n' || end === this.#transport.eol;
  }

  printed(stream: Stream): LogInput | undefined {
    if (hasOthers(this.#transport)) this.#handOver.markPrinted(this);
    const isDue = this.#handOver.ledger.isToBePrinted(this.#transport, this.key);
    if (!isDue || isShippedByOurs(this.#transport, this.#info)) return undefined;
    return inputFromLine(this.text, this.#info, this.#transport.levels, stream);
  }

  filed(file: object, written: string): LogInput | undefined {
    const route = routeOf(this.#transport, this.#info);
    const { eol } = this.#transport;
    const isEnded = typeof eol === 'string' && eol !== '' && written.endsWith(eol);
    const text = isEnded ? written.slice(0, -eol.length) : written.replace(/\r?\n$/, '');
    const input = inputFromLine(text, this.#info, this.#transport.levels);
    if (route === 'printed') {
      const wasPrinted = this.#handOver.wasPrinted(this.key);
      if (wasPrinted === undefined && this.#isGivenNow) {
        this.#handOver.leave({ line: this, file, input });
      }
      if (wasPrinted !== false) return undefined;
    } else if (route !== 'filed') {
      return undefined;
    }
    return this.#handOver.ledger.isFirstFiled(file, this.key) ? input : undefined;
  }
}

/** Whether its logger has other transports. The logger's getters are code of others, and may throw. */
function hasOthers({ parent }: WinstonTransport): boolean {
  try {
    return (parent?.transports?.length ?? 0) > 1;
  } catch {
    return false;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function ownerOf(object: object, name: string): object | undefined {
  for (let at: object | null = object; at !== null; at = Object.getPrototypeOf(at)) {
    if (Object.hasOwn(at, name)) return at;
  }
  return undefined;
}
