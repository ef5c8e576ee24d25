/** Intercepts every line that a transport writes, in its final form, after all changes that the application made. @lazy winston */
import {
  attempt,
  guarded,
  type IntegrationHost,
  isLine,
  type LineInHand,
  type LogInput,
  replaceMethod,
  type Ship,
  type Stream,
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
const OF_FUNCTIONS = new Set([...Object.getOwnPropertyNames(Function.prototype), 'prototype']);

/**
 * Hooks the methods of transports: what becomes of a line is seen here, and `TransportOrder` decides which transport ships it. One for
 * all copies of winston in this thread.
 * Nothing here throws: if we do not understand a logger, it must still log.
 */
export class Interceptor {
  readonly #host: IntegrationHost;
  readonly #unwatch: () => void;
  readonly #order: TransportOrder;
  readonly #contexts = new LineContexts();
  #isWatching = true;

  constructor(host: IntegrationHost) {
    this.#host = host;
    this.#unwatch = watchFiles(host);
    this.#order = new TransportOrder(host.transport.destination, (input, key) => {
      this.#contexts.within(key, () => host.transport.write(input));
    });
  }

  /**
   * The constructor of a transport sets these before the application has it. So a patch of the application goes on top.
   * @param base The prototype of the class that all transports derive from.
   */
  watch(base: object): void {
    watchAssigned(base, 'silent', (transport) => this.#hookMethods(base, transport));
    // The stream of a File is winston's own, and leads only to the file.
    watchAssigned(base, '_stream', (transport, stream) => {
      if (isFile(transport) && isObject(stream)) watchWrites(stream, this.#host);
    });
  }

  /** From here on, the methods of transports only pass calls on. */
  undo(): void {
    this.#isWatching = false;
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

  #hook(owner: object, name: string, around: (original: Method) => Method): void {
    // A class may be one that cannot be patched.
    attempt(() => {
      if (HOOKED.has(Reflect.get(owner, name))) return;
      replaceMethod(owner, name, (original) => orSpy(original, around(original)));
      HOOKED.add(Reflect.get(owner, name));
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
      const { chunk } = args[0] as { readonly chunk: object };
      attempt(() => order.beginTurn(this, chunk));
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
    if (!this.#isWatching || !isObject(info) || !isObject(transport)) return;
    const { parent } = transport as WinstonTransport;
    attempt(() => this.#contexts.follow(parent));
    // If a format makes no text, the word `undefined` is printed.
    const text = String((info as Info)[MESSAGE]);
    const key = this.#order.keyOf(info);
    const line = this.#lineOf(transport, info as Info, key, text);
    this.#host.printing.line = line;
    this.#order.begin(transport, key, does === 'writes');
    if (does === 'sends' && this.#host.transport.loggers === 'all') {
      line.filed(transport, text, (due) => this.#host.transport.write(due));
    }
  }

  /** @param key What the logger has given to each of its transports. */
  #lineOf(transport: WinstonTransport, info: Info, key: object, line: string): LineInHand {
    const { eol, levels } = transport;
    const order = this.#order;
    const toInput = (stream?: Stream) => inputFromLine(line, info, levels, stream);
    const shipDue = (due: LogInput | undefined, ship: Ship): void => {
      if (due !== undefined) this.#contexts.within(key, () => ship(due));
    };
    return {
      is: (text) => isLine(text, line, eol),
      printed: (stream, ship) => shipDue(order.printed(transport, key, toInput(stream)), ship),
      filed(_, text, ship) {
        // A text that was changed on the way is not recognized as the line.
        if (isLine(text, line, eol)) shipDue(order.filed(transport, key, toInput), ship);
      },
    };
  }
}

/** What a spy knows of its calls is read from it, not from a copy of its properties: tests do so. */
function orSpy(original: Method, replacement: Method): Method {
  const { isProxy } = process.getBuiltinModule('node:util').types;
  const isPlain = Object.getOwnPropertyNames(original).every((name) => OF_FUNCTIONS.has(name));
  if (isPlain && !isProxy(original)) return replacement;
  return new Proxy(original, { apply: (_, self, args) => Reflect.apply(replacement, self, args) });
}
