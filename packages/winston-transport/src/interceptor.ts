/**
 * Intercepts every line that a transport writes, in its final form, after all changes that the application made.
 *
 * @lazy winston
 */
import {
  attempt,
  guarded,
  type IntegrationHost,
  LoggerLine,
  type LogInput,
  replaceMethod,
  type Ship,
  type Stream,
  Undos,
  watchAssigned,
  watchFiles,
  watchWrites,
} from '@direct-logging/core';
import { type Info, inputFromLine } from './from-line.ts';
import { isFile, isHttp, isObject, type WinstonTransport } from './kinds.ts';
import { LineContexts } from './line-contexts.ts';
import { TransportOrder } from './transport-order.ts';

const MESSAGE = Symbol.for('message');

/** `sends`: by HTTP. `writes`: to where the transport leads. Undefined if that is left to another `log`. */
type Does = 'sends' | 'writes' | undefined;
type Method = (this: WinstonTransport, ...args: unknown[]) => unknown;
const HOOKED = new WeakSet<object>();

/**
 * Hooks the methods of transports: what becomes of a line is seen here, and `TransportOrder` decides which transport ships it. One for
 * all copies of winston in this thread.
 * Nothing here throws: if we do not understand a logger, it must still log.
 */
export class Interceptor {
  readonly #host: IntegrationHost;
  readonly #undos = new Undos();
  readonly #unwatch: () => void;
  readonly #order: TransportOrder;
  readonly #contexts = new LineContexts();

  constructor(host: IntegrationHost) {
    this.#host = host;
    this.#unwatch = watchFiles(host);
    this.#order = new TransportOrder((input, key) => {
      this.#contexts.within(key, () => host.transport.write(input));
    });
  }

  /**
   * The constructor of a transport sets these before the application has it. So a patch of the application goes on top.
   * @param base The prototype of the class that all transports derive from.
   */
  watch(base: object): void {
    this.#undos.add(
      base,
      watchAssigned(base, 'silent', (transport) => this.#hookMethods(base, transport)),
    );
    this.#undos.add(
      base,
      watchAssigned(base, '_stream', (transport, stream) => this.#watchStream(transport, stream)),
    );
  }

  undo(): void {
    this.#undos.run();
    this.#contexts.undo();
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
    if (isFile(transport) && isObject(stream)) {
      this.#undos.add(stream, watchWrites(stream, this.#host));
    }
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
    const order = this.#order;
    return function (...args) {
      const outer = order.given;
      attempt(() => order.beginTurn(this, args[0] as object));
      let isDone = false;
      try {
        const result = Reflect.apply(original, this, args);
        isDone = true;
        return result;
      } finally {
        order.given = outer;
        // If a format throws, no other transport gets the line.
        attempt(() => (isDone ? order.endTurn(this, args[0]) : order.shipWaiting()));
      }
    };
  }

  /** Called for each of several lines before it is logged. */
  #aroundAccept(original: Method): Method {
    const order = this.#order;
    return function (...args) {
      order.given = (args[0] as { readonly chunk: object }).chunk;
      return Reflect.apply(original, this, args);
    };
  }

  /** @param does What this `log` certainly does with the line: winston's Http sends it as it stands then. */
  #aroundLog(original: Method, does: Does): Method {
    const { printing } = this.#host;
    const begin = guarded((transport: unknown, info: unknown) =>
      this.#begin(transport, info, does),
    );
    return function (...args) {
      const outer = printing.line;
      begin(this, args[0]);
      try {
        return Reflect.apply(original, this, args);
      } finally {
        printing.line = outer;
      }
    };
  }

  /** If we do not understand a line or its transport, it is still logged. */
  #begin(transport: unknown, info: unknown, does: Does): void {
    if (!isObject(info) || !isObject(transport)) return;
    const { parent } = transport as WinstonTransport;
    attempt(() => this.#contexts.follow(parent));
    const line = new Line(this.#host, this.#order, this.#contexts, transport, info as Info);
    this.#host.printing.line = line;
    this.#order.begin(transport, line.key, does === 'writes');
    if (does !== 'sends' || this.#host.transport.loggers !== 'all') return;
    const input = line.toBeFiled();
    if (input !== undefined) line.ship(input, (due) => this.#host.transport.write(due));
  }
}

class Line extends LoggerLine {
  readonly #order: TransportOrder;
  readonly #contexts: LineContexts;
  readonly #transport: WinstonTransport;
  /** What the logger has given to each of its transports. */
  readonly key: object;

  constructor(
    host: IntegrationHost,
    order: TransportOrder,
    contexts: LineContexts,
    transport: WinstonTransport,
    info: Info,
  ) {
    // If a format makes no text, the word `undefined` is printed.
    const text = String(info[MESSAGE]);
    const { eol, levels } = transport;
    const key = order.keyOf(info);
    super(host, {
      text,
      eol,
      toInput: (_, stream) => inputFromLine(text, info, levels, stream),
    });
    this.#order = order;
    this.#contexts = contexts;
    this.#transport = transport;
    this.key = key;
  }

  override printed(stream: Stream, ship: Ship): void {
    const due = this.#order.printed(this.#transport, this.key, this.toInput(stream));
    if (due !== undefined) this.ship(due, ship);
  }

  /** A text that was changed on the way is not recognized as the line. */
  override filed(_file: object, text: string, ship: Ship): void {
    const due = this.is(text) ? this.toBeFiled() : undefined;
    if (due !== undefined) this.ship(due, ship);
  }

  ship(input: LogInput, ship: Ship): void {
    this.#contexts.within(this.key, () => ship(input));
  }

  /** What to ship for it when it is about to be written or sent, if it is due. */
  toBeFiled(): LogInput | undefined {
    return this.#order.filed(this.#transport, this.key, () => this.toInput());
  }
}
