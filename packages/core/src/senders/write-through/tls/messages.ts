/** The messages of a TLS handshake (RFC 8446, section 4). Only their types and ends matter here. Pure. */

export const MESSAGE = {
  serverHello: 2,
  newSessionTicket: 4,
  finished: 20,
  keyUpdate: 24,
} as const;

/** The type and the length. */
export const MESSAGE_HEAD_BYTES = 4;

export interface Message {
  readonly type: number;
  /** Of its body. */
  readonly bytes: number;
  /** The last byte, all that a KeyUpdate says. */
  readonly last: number;
}

/** Follows the messages of one side through its records: a record can hold several, or part of one. Keeps none of them. */
export class MessageReader {
  readonly #head = Buffer.alloc(MESSAGE_HEAD_BYTES);
  #headBytes = 0;
  #bodyBytesLeft = 0;

  /** True between the parts of a message. */
  get isWithin(): boolean {
    return this.#headBytes > 0;
  }

  /** Takes the content of the next record. Returns the messages that end in it. */
  ended(content: Buffer): Message[] {
    const messages: Message[] = [];
    for (let at = 0; at < content.length; ) {
      if (this.#headBytes < MESSAGE_HEAD_BYTES) {
        this.#head[this.#headBytes++] = content[at++] as number;
        if (this.#headBytes < MESSAGE_HEAD_BYTES) continue;
        this.#bodyBytesLeft = this.#head.readUIntBE(1, 3);
      }
      const here = Math.min(this.#bodyBytesLeft, content.length - at);
      at += here;
      this.#bodyBytesLeft -= here;
      if (this.#bodyBytesLeft > 0) break;
      const bytes = this.#head.readUIntBE(1, 3);
      messages.push({ type: this.#head[0] as number, bytes, last: content[at - 1] as number });
      this.#headBytes = 0;
    }
    return messages;
  }
}
