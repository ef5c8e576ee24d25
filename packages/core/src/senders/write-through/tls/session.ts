/**
 * A connection over TLS after its handshake: seals what goes out, and reads what comes in.
 *
 * @lazy
 */

import type { Secured } from './handshake.ts';
import { MESSAGE, MessageReader } from './messages.ts';
import { CONTENT, MOST_RECORDS } from './records.ts';

/** RFC 8446, section 6.1: the warning, as it is numbered there, with which a side ends what it sends. */
const CLOSE_NOTIFY = Buffer.from([1, 0]);

/** What came in. */
export interface Received {
  /** The application data of all records that were good. */
  readonly content: Buffer;
  /** Why nothing follows: the server has ended the connection, changes its keys, or says what we do not understand. */
  readonly end: Error | undefined;
}

/** Both directions of one connection. */
export class TlsSession {
  readonly #secured: Secured;
  readonly #messages = new MessageReader();

  constructor(secured: Secured) {
    this.#secured = secured;
  }

  /** True when another connection should take its place, long before the limit of its key. */
  get isWornOut(): boolean {
    return this.#secured.sealer.records > MOST_RECORDS / 2;
  }

  /**
   * The bytes as records. They have to be written as they are or never: their numbers are used up.
   * @throws Error when the key is at its limit.
   */
  seal(bytes: Buffer, start: number, end: number): Buffer {
    return this.#secured.sealer.seal(bytes, start, end);
  }

  /** The last record, after which nothing is sealed. */
  sealEnd(): Buffer {
    return this.#secured.sealer.seal(CLOSE_NOTIFY, 0, CLOSE_NOTIFY.length, CONTENT.alert);
  }

  /** Takes what was received. An answer and the end of the connection often come in one piece. */
  open(bytes: Uint8Array): Received {
    const { received } = this.#secured;
    const parts: Buffer[] = [];
    let end: Error | undefined;
    try {
      received.add(bytes);
      for (let record = received.next(); record !== undefined; record = received.next()) {
        const data = this.#openOne(record);
        if (data !== undefined) parts.push(data);
      }
    } catch (error) {
      end = error as Error;
    }
    return { content: parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts), end };
  }

  /** The application data of a record; undefined when it is about the connection. */
  #openOne(record: Buffer): Buffer | undefined {
    const { type, content } = this.#secured.opener.open(record);
    if (type === CONTENT.handshake) {
      for (const message of this.#messages.ended(content)) lookAt(message);
      return undefined;
    }
    // Section 5.1: nothing comes between the parts of a message.
    if (this.#messages.isWithin) throw new Error('a message without its end');
    if (type === CONTENT.applicationData) return content;
    throw type === CONTENT.alert
      ? alertError(content)
      : new Error(`a record of type ${type} behind the handshake`);
  }
}

/** A ticket comes at any time, and is of no use to a connection that is kept. */
function lookAt(message: number): void {
  if (message === MESSAGE.keyUpdate) throw new Error('the server changes its keys');
  if (message !== MESSAGE.newSessionTicket)
    throw new Error(`a handshake message of type ${message}`);
}

function alertError(content: Buffer): Error {
  const description = content[1];
  return description === CLOSE_NOTIFY[1]
    ? new Error('the server closed the connection')
    : new Error(`the server ended the connection with alert ${description}`);
}
