/** A TLS connection after its handshake: encrypts what is sent, and decrypts what is received. @lazy tls */
import type { Descriptor } from '../descriptor.ts';
import type { Secured } from './handshake.ts';
import { MESSAGE, type Message, MessageReader } from './messages.ts';
import { ALERT, CONTENT, MAX_RECORDS, TlsError } from './records.ts';

/** RFC 8446, section 4.6.3: a change of keys. The last byte says whether the other side must change its own, too. */
const KEY_UPDATE = Buffer.from([MESSAGE.keyUpdate, 0, 0, 1, 0]);
/**
 * Most records without data in a row, while we send nothing either: enough for any number of tickets that a server may want to
 * send, and an end to a flood. A server that changes its keys at each of our records is odd, but no flood.
 */
const MAX_WITHOUT_DATA = 1_024;

export interface Received {
  /** The application data of all records that were good. */
  readonly content: Buffer;
  /** Why nothing follows: the server has ended the connection, or has sent what we do not understand. */
  readonly end: Error | undefined;
}

export class TlsSession {
  /** Session tickets that were read. */
  tickets = 0;
  readonly #secured: Secured;
  readonly #messages = new MessageReader();
  /** Records since the last one that was sent, or had application data. */
  #withoutData = 0;
  /** True when the server has asked us for new keys: we change them before the next line. */
  #owesKeyUpdate = false;
  /** What is sent last; undefined after an alert of the server's. */
  #lastAlert: number | undefined = ALERT.closeNotify;

  constructor(secured: Secured) {
    this.#secured = secured;
  }

  /** True when another connection should take its place, long before the limit of its key. */
  get isNearKeyLimit(): boolean {
    return this.#secured.encrypter.records > MAX_RECORDS / 2;
  }

  /**
   * The bytes as records. They must be written unchanged, or never: their numbers are used up.
   * @throws Error when the key is at its limit.
   */
  encrypt(bytes: Buffer, start: number, end: number): Buffer {
    const { encrypter } = this.#secured;
    this.#withoutData = 0;
    if (!this.#owesKeyUpdate) return encrypter.encrypt(bytes, start, end);
    this.#owesKeyUpdate = false;
    const update = encrypter.encrypt(KEY_UPDATE, 0, KEY_UPDATE.length, CONTENT.handshake);
    encrypter.changeKeys();
    return Buffer.concat([update, encrypter.encrypt(bytes, start, end)]);
  }

  /** Takes bytes, and writes them as records. @param failed Called when the key is at its limit. */
  outputTo(
    descriptor: Pick<Descriptor, 'write'>,
    failed: (error: unknown) => void,
  ): Pick<Descriptor, 'write'> {
    return {
      write: (buffer, start, end) => {
        let records: Buffer;
        try {
          records = this.encrypt(buffer, start, end);
        } catch (error) {
          failed(error);
          return;
        }
        descriptor.write(records, 0, records.length, end - start);
      },
    };
  }

  /** The last record, an alert; undefined when none is due. Nothing is encrypted after it. */
  encryptEnd(): Buffer | undefined {
    const alert = this.#lastAlert;
    this.#lastAlert = undefined;
    if (alert === undefined) return undefined;
    // Section 6: only the end without an error is a warning.
    const body = Buffer.from([alert === ALERT.closeNotify ? 1 : 2, alert]);
    return this.#secured.encrypter.encrypt(body, 0, body.length, CONTENT.alert);
  }

  /** Takes what was received. An answer and the end of the connection often come in one piece. */
  decrypt(bytes: Uint8Array): Received {
    const { received } = this.#secured;
    const parts: Buffer[] = [];
    let end: Error | undefined;
    try {
      received.add(bytes);
      for (let record = received.next(); record !== undefined; record = received.next()) {
        const data = this.#decryptOne(record);
        if (data !== undefined) parts.push(data);
      }
    } catch (error) {
      end = error as Error;
      if (error instanceof TlsError) this.#lastAlert = error.alert;
    }
    return { content: parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts), end };
  }

  /** The application data of a record; undefined when the record is about the connection. */
  #decryptOne(record: Buffer): Buffer | undefined {
    const { type, content } = this.#secured.decrypter.decrypt(record);
    const isData = type === CONTENT.applicationData;
    this.#withoutData = isData && content.length > 0 ? 0 : this.#withoutData + 1;
    if (this.#withoutData > MAX_WITHOUT_DATA) throw unexpected('too many records without data');
    // Section 5.4: only application data may be empty.
    if (!isData && content.length === 0) throw unexpected('a record without content');
    if (type === CONTENT.handshake) {
      this.#take(this.#messages.ended(content));
      return undefined;
    }
    // Section 5.1: nothing may come between the parts of a message.
    if (this.#messages.isWithin) throw unexpected('a message without its end');
    if (isData) return content;
    if (type !== CONTENT.alert) throw unexpected(`a record of type ${type} after the handshake`);
    throw this.#endedBy(content);
  }

  /** A ticket can come at any time. It is ignored, since the connection is kept. */
  #take(messages: readonly Message[]): void {
    for (const [at, message] of messages.entries()) {
      const isAtEnd = at === messages.length - 1 && !this.#messages.isWithin;
      if (message.type === MESSAGE.keyUpdate) this.#changeKeys(message, isAtEnd);
      else if (message.type === MESSAGE.newSessionTicket) this.tickets++;
      else throw unexpected(`a handshake message of type ${message.type}`);
    }
  }

  /** Section 4.6.3: the server encrypts what follows with its next keys, and may ask us to do the same. */
  #changeKeys({ bytes, last }: Message, isAtEnd: boolean): void {
    if (bytes !== 1 || last > 1) {
      const alert = bytes === 1 ? ALERT.illegalParameter : ALERT.decodeError;
      throw new TlsError(alert, 'a change of keys that is not understood');
    }
    // Section 5.1: what follows it is encrypted with other keys.
    if (!isAtEnd) throw unexpected('a change of keys in the middle of a record');
    this.#secured.decrypter.changeKeys();
    if (last === 1) this.#owesKeyUpdate = true;
  }

  /** Section 6: every alert ends the connection. After an error, nothing is sent. */
  #endedBy(content: Buffer): Error {
    const [, alert] = content;
    if (content.length !== 2) return new TlsError(ALERT.decodeError, 'an alert that is not one');
    if (alert === ALERT.closeNotify) return new Error('the server closed the connection');
    this.#lastAlert = undefined;
    return new Error(`the server ended the connection with alert ${alert}`);
  }
}

function unexpected(what: string): TlsError {
  return new TlsError(ALERT.unexpectedMessage, what);
}
