/**
 * A TLS connection after its handshake: seals what is sent, and opens what is received.
 *
 * @lazy
 */

import type { Secured } from './handshake.ts';
import { MESSAGE, MessageReader } from './messages.ts';
import { CONTENT, MOST_RECORDS } from './records.ts';

/** RFC 8446, section 6.1: the alert, a warning, that a side sends last. */
const CLOSE_NOTIFY = Buffer.from([1, 0]);
/** RFC 8446, section 4.6.3: a change of keys. The last byte says whether the other side must change its own, too. */
const KEY_UPDATE = Buffer.from([MESSAGE.keyUpdate, 0, 0, 1, 0]);
/** Most records in a row without application data: some tickets, some changes of keys. */
const MOST_WITHOUT_DATA = 32;

/** What was received. */
export interface Received {
  /** The application data of all records that were good. */
  readonly content: Buffer;
  /** Why nothing follows: the server has ended the connection, or has sent what we do not understand. */
  readonly end: Error | undefined;
}

/** Both directions of one connection. */
export class TlsSession {
  readonly #secured: Secured;
  readonly #messages = new MessageReader();
  /** Records since the last one with application data. */
  #withoutData = 0;
  /** True when the server has asked us for new keys: we change them before the next line. */
  #owesKeyUpdate = false;

  constructor(secured: Secured) {
    this.#secured = secured;
  }

  /** True when another connection should take its place, long before the limit of its key. */
  get isWornOut(): boolean {
    return this.#secured.sealer.records > MOST_RECORDS / 2;
  }

  /**
   * The bytes as records. They must be written unchanged, or never: their numbers are used up.
   * @throws Error when the key is at its limit.
   */
  seal(bytes: Buffer, start: number, end: number): Buffer {
    const { sealer } = this.#secured;
    if (!this.#owesKeyUpdate) return sealer.seal(bytes, start, end);
    this.#owesKeyUpdate = false;
    const update = sealer.seal(KEY_UPDATE, 0, KEY_UPDATE.length, CONTENT.handshake);
    sealer.changeKeys();
    return Buffer.concat([update, sealer.seal(bytes, start, end)]);
  }

  /** The last record. Nothing is sealed after it. */
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

  /** The application data of a record; undefined when the record is about the connection. */
  #openOne(record: Buffer): Buffer | undefined {
    const { type, content } = this.#secured.opener.open(record);
    const isData = type === CONTENT.applicationData;
    this.#withoutData = isData && content.length > 0 ? 0 : this.#withoutData + 1;
    if (this.#withoutData > MOST_WITHOUT_DATA) throw new Error('too many records without data');
    if (type === CONTENT.handshake) {
      for (const message of this.#messages.ended(content)) this.#lookAt(message, content);
      return undefined;
    }
    // Section 5.1: nothing may come between the parts of a message.
    if (this.#messages.isWithin) throw new Error('a message without its end');
    if (isData) return content;
    throw type === CONTENT.alert
      ? alertError(content)
      : new Error(`a record of type ${type} behind the handshake`);
  }

  /** A ticket can come at any time. It is ignored, since the connection is kept. */
  #lookAt(message: number, content: Buffer): void {
    if (message === MESSAGE.keyUpdate) this.#changeKeys(content);
    else if (message !== MESSAGE.newSessionTicket)
      throw new Error(`a handshake message of type ${message}`);
  }

  /** Section 4.6.3: the server seals what follows with its next keys, and may ask us to do the same. */
  #changeKeys(content: Buffer): void {
    const [request] = content.subarray(-1);
    const isAlone =
      content.length === KEY_UPDATE.length && content.indexOf(KEY_UPDATE.subarray(0, -1)) === 0;
    if (!isAlone || (request !== 0 && request !== 1))
      throw new Error('a change of keys that is not understood');
    this.#secured.opener.changeKeys();
    if (request === 1) this.#owesKeyUpdate = true;
  }
}

function alertError(content: Buffer): Error {
  const description = content[1];
  return description === CLOSE_NOTIFY[1]
    ? new Error('the server closed the connection')
    : new Error(`the server ended the connection with alert ${description}`);
}
