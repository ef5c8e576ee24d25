/**
 * A connection over TLS after its handshake: seals what goes out, and reads what comes in.
 *
 * @lazy
 */

import type { Secured } from './handshake.ts';
import { CONTENT, MOST_RECORDS } from './records.ts';

/** RFC 8446, section 4.6.1: comes at any time, and is of no use to a connection that is kept. */
const NEW_SESSION_TICKET = 4;
/** Section 4.6.3. */
const KEY_UPDATE = 24;
/** Section 6.1. */
const CLOSE_NOTIFY = 0;
/** Type and length of a handshake message, section 4. */
const MESSAGE_HEAD_BYTES = 4;

/** Both directions of one connection. */
export class TlsSession {
  readonly #secured: Secured;

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

  /**
   * Takes what was received and gives the application data in it.
   * @throws Error when the server ends the connection, changes its keys, or says what we do not understand.
   */
  open(bytes: Uint8Array): Buffer {
    const { received, opener } = this.#secured;
    received.add(bytes);
    const parts: Buffer[] = [];
    for (let record = received.next(); record !== undefined; record = received.next()) {
      const { type, content } = opener.open(record);
      if (type === CONTENT.applicationData) parts.push(content);
      else if (type === CONTENT.handshake) lookAtMessages(content);
      else if (type === CONTENT.alert) throw alertError(content);
      else throw new Error(`a record of type ${type} behind the handshake`);
    }
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
  }
}

function lookAtMessages(content: Buffer): void {
  for (let at = 0; at < content.length; ) {
    const type = content[at];
    if (type === KEY_UPDATE) throw new Error('the server changes its keys');
    if (type !== NEW_SESSION_TICKET) throw new Error(`a handshake message of type ${type}`);
    // A ticket that is cut in two would have to be put together; none is so long.
    if (content.length < at + MESSAGE_HEAD_BYTES) throw new Error('a message that is cut in two');
    at += MESSAGE_HEAD_BYTES + content.readUIntBE(at + 1, 3);
    if (at > content.length) throw new Error('a message that is cut in two');
  }
}

function alertError(content: Buffer): Error {
  const description = content[1];
  return description === CLOSE_NOTIFY
    ? new Error('the server closed the connection')
    : new Error(`the server ended the connection with alert ${description}`);
}
