/** Decides which transport ships a line that a logger gives to several. @lazy winston */
import type { LogInput } from '@direct-logging/core';
import { isOurs, laterThan, prints, type WinstonTransport } from './kinds.ts';

interface Line {
  /** Which of its logger's transports ships it. Undefined while that is open. */
  source: 'ours' | 'printed' | 'filed' | undefined;
  /** The one that filed it. Whatever it files after that is another line. */
  filedBy: object | undefined;
  /** Those that have got it. */
  readonly transports: object[];
}

/** A line that waits, because a later transport of the same logger may ship it. */
interface Waiting {
  readonly key: object;
  /** Whether a transport of this kind would ship it in our place. */
  readonly isFor: (later: WinstonTransport) => boolean;
  readonly toInput: () => LogInput;
}

/**
 * A logger gives a line to one transport after the other. If one of ours to the same place takes it, that one ships it. Otherwise it
 * is shipped when it is printed, as it is printed, each time. If no transport prints it, it is shipped when the first file gets it. So
 * what a transport has made of a line waits, until no transport is left that comes before it in this order. The key of a line is what
 * the logger gave.
 */
export class TransportOrder {
  /** What the logger gave to the transport that is running. Undefined if a transport writes after its turn. */
  given: object | undefined;
  readonly #ship: (input: LogInput, key: object) => void;
  /** Whether it is one of ours, and ships to where lines go without it: what goes elsewhere replaces nothing. */
  readonly #isOurs: (transport: WinstonTransport) => boolean;
  #waiting: Waiting | undefined;
  /** What the logger gave, for what a transport's own format made of it. A File that has no time for a line logs it later. */
  readonly #givenFor = new WeakMap<object, object>();
  readonly #lines = new WeakMap<object, Line>();

  /** @param place Server and tenant to which it ships. */
  constructor(place: string, ship: (input: LogInput, key: object) => void) {
    this.#ship = ship;
    this.#isOurs = (transport) => isOurs(transport, place);
  }

  /** The transport gets what the logger gave: at once, or later if it was busy. */
  beginTurn(transport: object, given: object): void {
    this.given = given;
    // A program may log the same object again: that is another line.
    if (this.#lineOf(given).transports.includes(transport)) this.#lines.delete(given);
    this.#lineOf(given).transports.push(transport);
  }

  /** @param info What a transport logs. */
  keyOf(info: object): object {
    const key = this.given ?? this.#givenFor.get(info) ?? info;
    if (key !== info) this.#givenFor.set(info, key);
    return key;
  }

  /** The transport logs the line. @param writes Whether it certainly writes it to where it leads. */
  begin(transport: WinstonTransport, key: object, writes: boolean): void {
    if (this.#isOurs(transport)) this.#claim(key, 'ours');
    // Whatever becomes of it on its way to stdout, a copy in a file must not say more.
    else if (writes && prints(transport) && this.#lineOf(key).source === undefined) {
      this.#claim(key, 'printed');
    }
  }

  /** What to ship now for a line that is about to be printed. */
  printed(transport: WinstonTransport, key: object, input: LogInput): LogInput | undefined {
    const { source } = this.#lineOf(key);
    if (source === 'ours') return undefined;
    if (source === 'filed') {
      // A transport that prints later prints what was shipped when a file got it.
      this.#claim(key, 'printed');
      return undefined;
    }
    const toInput = () => input;
    return this.#waits(transport, { key, isFor: this.#isOurs, toInput }) ? undefined : input;
  }

  /** What to ship now for a line that is about to be written to a file, or to be sent. */
  filed(transport: WinstonTransport, key: object, make: () => LogInput): LogInput | undefined {
    const { source, filedBy } = this.#lineOf(key);
    if (source !== undefined && filedBy !== transport) return undefined;
    const toInput = () => {
      this.#claim(key, 'filed', transport);
      return make();
    };
    const isFor = (later: WinstonTransport) => prints(later) || this.#isOurs(later);
    return this.#waits(transport, { key, isFor, toInput }) ? undefined : toInput();
  }

  /** A line that waits is shipped when no transport is left that may ship it. */
  endTurn(transport: WinstonTransport, key: unknown): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    if (waiting.key !== key || !laterThan(transport).some(waiting.isFor)) this.shipWaiting();
  }

  shipWaiting(): void {
    const waiting = this.#waiting;
    // It can throw, or log another line: it reads the program's objects.
    this.#waiting = undefined;
    if (waiting !== undefined) this.#ship(waiting.toInput(), waiting.key);
  }

  #lineOf(key: object): Line {
    let line = this.#lines.get(key);
    if (line === undefined) {
      line = { source: undefined, filedBy: undefined, transports: [] };
      this.#lines.set(key, line);
    }
    return line;
  }

  /** From now on, the line is shipped from there. */
  #claim(key: object, source: Line['source'], filedBy?: object): void {
    Object.assign(this.#lineOf(key), { source, filedBy });
    if (this.#waiting?.key === key) this.#waiting = undefined;
  }

  /** Whether the line waits for a transport that comes after this one. */
  #waits(transport: WinstonTransport, waiting: Waiting): boolean {
    // A transport that writes after its turn may be the last one.
    if (this.given === undefined || !laterThan(transport).some(waiting.isFor)) return false;
    if (this.#waiting?.key !== waiting.key) {
      this.shipWaiting();
      this.#waiting = waiting;
    }
    return true;
  }
}
