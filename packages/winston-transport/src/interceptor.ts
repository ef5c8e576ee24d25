/**
 * Intercepts every line that a transport writes, in its final form, after all changes that the application made.
 *
 * @lazy
 */
import {
  attempt,
  type IntegrationHost,
  LoggerLine,
  type LogInput,
  replaceMethod,
  type Stream,
  Undos,
  watchAssigned,
  watchFiles,
  watchWrites,
} from '@direct-logging/core';
import { type Info, inputFromLine } from './from-line.ts';
import {
  isFile,
  isHttp,
  isOurs,
  laterThan,
  prints,
  siblingsOf,
  type WinstonTransport,
} from './kinds.ts';

const MESSAGE = Symbol.for('message');

type Method = (this: WinstonTransport, ...args: unknown[]) => unknown;
const HOOKED = new WeakSet<object>();

/** Why a line need not be shipped from a file: it is printed, shipped from another file, or taken by our transport. */
type ShippedBy = 'printed' | 'filed' | 'ours';

/** A line that waits, because a later transport of the same logger may ship it. */
interface DeferredLine {
  readonly key: object;
  /** Whether a transport of this kind would ship it in our place. */
  readonly isFor: (later: WinstonTransport) => boolean;
  ship(): void;
}

/**
 * Hooks the methods of transports. A logger gives a line to one transport after the other. If one of ours takes it, that one
 * ships it. Otherwise it is shipped when it is printed, as it is printed. If no transport prints it, it is shipped when the first
 * file gets it. One for all copies of winston in this thread.
 * Nothing here throws: if we do not understand a logger, it must still log.
 */
export class Interceptor {
  readonly host: IntegrationHost;
  readonly #undos = new Undos();
  readonly #unwatch: () => void;
  /** What the logger gave to the transport that is running, before the transport's own format. */
  #given: object | undefined;
  /** The same for lines that a transport's own format has made. A File that has no time for a line logs it later. */
  readonly #givenFor = new WeakMap<object, object>();
  #deferred: DeferredLine | undefined;
  /** Only of loggers with several transports. */
  readonly #shippedBy = new WeakMap<object, ShippedBy>();

  constructor(host: IntegrationHost) {
    this.host = host;
    const { printing, transport } = host;
    this.#unwatch =
      transport.loggers === 'all'
        ? watchFiles(printing, (input) => transport.write(input))
        : () => {};
  }

  /**
   * The constructor of a transport sets these before the application has it. So a patch of the application goes on top.
   * @param base The prototype of the class that all transports derive from.
   */
  watch(base: object): void {
    const onAssigned = (name: string, act: (transport: object, value: unknown) => void) =>
      watchAssigned(base, name, (transport, value) => {
        act(transport, value);
        return value;
      });
    this.#undos.add(
      base,
      onAssigned('silent', (transport) => this.#hookMethods(base, transport)),
    );
    this.#undos.add(
      base,
      onAssigned('_stream', (transport, stream) => this.#watchStream(transport, stream)),
    );
  }

  undo(): void {
    this.#undos.run();
    this.#unwatch();
  }

  #hookMethods(base: object, transport: object): void {
    this.#hook(base, '_write', (original) => this.#aroundWrite(original));
    this.#hook(base, '_writev', (original) => this.#aroundWrite(original));
    this.#hook(base, '_accept', (original) => this.#aroundAccept(original));
    // A class of the application can change a line before it calls the `log` of winston's class: the innermost one counts.
    for (let at = transport; at !== base && at !== null; at = Object.getPrototypeOf(at)) {
      if (!Object.hasOwn(at, 'log')) continue;
      const isInnermost = Object.getPrototypeOf(at) === base;
      const does = isHttp(at) ? 'sends' : isInnermost ? 'writes' : undefined;
      this.#hook(at, 'log', (original) => this.#aroundLog(original, does));
    }
  }

  /** The stream of a File is winston's own, and leads only to the file. */
  #watchStream(transport: object, stream: unknown): void {
    const { printing, transport: target } = this.host;
    if (!isFile(transport) || !isObject(stream) || target.loggers !== 'all') return;
    this.#undos.add(
      stream,
      watchWrites(stream, printing, (input) => target.write(input)),
    );
  }

  /** @param input What to ship for a line that is about to be printed. Undefined if it is shipped already. */
  printed(transport: WinstonTransport, key: object, input?: LogInput): LogInput | undefined {
    const before = this.#shippedBy.get(key);
    if (input === undefined || before === 'ours') return undefined;
    if (before === 'filed') {
      // A transport that prints later prints what was shipped when a file got it.
      this.#claim(transport, key, 'printed');
      return undefined;
    }
    const ship = () => this.host.transport.write(input);
    return this.#defer(transport, { key, isFor: isOurs, ship }) ? undefined : input;
  }

  /** What to ship for a line that is about to be written to a file, or to be sent. */
  filed(transport: WinstonTransport, line: Line, file: object): LogInput | undefined {
    const { key } = line;
    if (this.#shippedBy.has(key)) return undefined;
    const isFirst = () => {
      if (!line.isFirstFiled(file)) return false;
      this.#claim(transport, key, 'filed');
      return true;
    };
    const ship = () => isFirst() && this.host.transport.write(line.toInput());
    const isFor = (later: WinstonTransport) => prints(later) || isOurs(later);
    return !this.#defer(transport, { key, isFor, ship }) && isFirst() ? line.toInput() : undefined;
  }

  #hook(owner: object, name: string, around: (original: Method) => Method): void {
    // A class may be one that cannot be patched.
    attempt(() => {
      if (HOOKED.has(Reflect.get(owner, name))) return;
      const undo = replaceMethod(owner, name, around);
      HOOKED.add(Reflect.get(owner, name));
      this.#undos.add(owner, undo);
    });
  }

  /** The transport gets a line, or several that it had no time for. */
  #aroundWrite(original: Method): Method {
    const interceptor = this;
    return function (...args) {
      const outer = interceptor.#given;
      interceptor.#given = args[0] as object;
      let isDone = false;
      try {
        const result = Reflect.apply(original, this, args);
        isDone = true;
        return result;
      } finally {
        interceptor.#given = outer;
        // If a format throws, no other transport gets the line.
        attempt(() => (isDone ? interceptor.#endTurn(this, args[0]) : interceptor.#shipDeferred()));
      }
    };
  }

  /** Called for each of several lines before it is logged. */
  #aroundAccept(original: Method): Method {
    const interceptor = this;
    return function (...args) {
      interceptor.#given = (args[0] as { readonly chunk: object }).chunk;
      return Reflect.apply(original, this, args);
    };
  }

  #keyOf(transport: WinstonTransport, info: object): object {
    const given = this.#given ?? this.#givenFor.get(info) ?? info;
    if (given !== info && siblingsOf(transport).length > 1) this.#givenFor.set(info, given);
    return given;
  }

  /** @param does What this `log` certainly does with the line: winston's Http sends it as it stands then. */
  #aroundLog(original: Method, does: 'sends' | 'writes' | undefined): Method {
    const interceptor = this;
    const { printing } = this.host;
    return function (...args) {
      // If we do not understand a line, it must still be logged.
      const line = attempt(() => interceptor.#lineFor(this, args[0]));
      if (line === undefined) return Reflect.apply(original, this, args);
      const outer = printing.line;
      printing.line = line;
      try {
        interceptor.#begin(this, line, does);
        return Reflect.apply(original, this, args);
      } finally {
        printing.line = outer;
      }
    };
  }

  #lineFor(transport: WinstonTransport, info: unknown): Line | undefined {
    if (!isObject(info) || !isObject(transport)) return undefined;
    return new Line(this, transport, info as Info, this.#keyOf(transport, info));
  }

  #begin(transport: WinstonTransport, line: Line, does: 'sends' | 'writes' | undefined): void {
    const { key } = line;
    // If we do not understand the transport, it still logs.
    attempt(() => {
      if (isOurs(transport)) this.#claim(transport, key, 'ours');
      // Whatever becomes of it on its way to stdout, a copy in a file must not say more.
      else if (does === 'writes' && prints(transport) && !this.#shippedBy.has(key)) {
        this.#claim(transport, key, 'printed');
      } else if (does === 'sends' && this.host.transport.loggers === 'all') {
        const input = this.filed(transport, line, transport);
        if (input !== undefined) this.host.transport.write(input);
      }
    });
  }

  #claim(transport: WinstonTransport, key: object, by: ShippedBy): void {
    if (siblingsOf(transport).length > 1) this.#shippedBy.set(key, by);
    if (this.#deferred?.key === key) this.#deferred = undefined;
  }

  /** Whether the line waits for a transport that comes after this one. */
  #defer(transport: WinstonTransport, deferred: DeferredLine): boolean {
    // A transport that writes after its turn may be the last one.
    if (this.#given === undefined || !laterThan(transport).some(deferred.isFor)) return false;
    if (this.#deferred?.key !== deferred.key) {
      this.#shipDeferred();
      this.#deferred = deferred;
    }
    return true;
  }

  /** A line that waits is shipped when no transport is left that may ship it. */
  #endTurn(transport: WinstonTransport, info: unknown): void {
    const deferred = this.#deferred;
    if (deferred === undefined) return;
    if (deferred.key !== info || !laterThan(transport).some(deferred.isFor)) this.#shipDeferred();
  }

  #shipDeferred(): void {
    const deferred = this.#deferred;
    this.#deferred = undefined;
    deferred?.ship();
  }
}

/** A line that a transport is logging. */
class Line extends LoggerLine {
  readonly #interceptor: Interceptor;
  readonly #transport: WinstonTransport;
  /** What the logger has given to each of its transports. */
  readonly key: object;

  constructor(interceptor: Interceptor, transport: WinstonTransport, info: Info, key: object) {
    // If a format makes no text, the word `undefined` is printed.
    const text = String(info[MESSAGE]);
    const { eol, levels } = transport;
    super(interceptor.host, {
      text,
      key,
      eol,
      toInput: (_, stream) => inputFromLine(text, info, levels, stream),
    });
    this.destination = transport;
    this.#interceptor = interceptor;
    this.#transport = transport;
    this.key = key;
  }

  override printed(stream: Stream): LogInput | undefined {
    return this.#interceptor.printed(this.#transport, this.key, this.toBePrinted(stream));
  }

  /** A text that was changed on the way is not recognized as the line. */
  override filed(file: object, text: string): LogInput | undefined {
    return this.is(text) ? this.#interceptor.filed(this.#transport, this, file) : undefined;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
