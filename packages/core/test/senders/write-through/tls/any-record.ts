/** Records as the other end may encrypt them: any type, any padding, after any change of keys. */
import crypto from 'node:crypto';
import {
  type TrafficKeys,
  trafficKeys,
} from '../../../../src/senders/write-through/tls/records.ts';

/** RFC 8446, section 5.2. */
export function anyRecord(
  { suite, key, iv }: TrafficKeys,
  number: number,
  type: number,
  content: Buffer | string,
  padding = 0,
): Buffer {
  const inner = Buffer.concat([Buffer.from(content), Buffer.from([type]), Buffer.alloc(padding)]);
  const head = Buffer.from([23, 3, 3, (inner.length + 16) >> 8, (inner.length + 16) & 255]);
  const nonce = Buffer.from(iv);
  nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ number) >>> 0, 8);
  const algorithm = suite.algorithm as crypto.CipherGCMTypes;
  const cipher = crypto.createCipheriv(algorithm, key, nonce, { authTagLength: 16 });
  cipher.setAAD(head);
  return Buffer.concat([head, cipher.update(inner), cipher.final(), cipher.getAuthTag()]);
}

/** The secret that follows this one, section 7.2. */
function secretAfter(hash: 'sha256' | 'sha384', secret: Buffer): Buffer {
  // Length, label and an empty context, and the counter of HKDF-Expand.
  const info = `\0${String.fromCharCode(secret.length)}\x11tls13 traffic upd\0\x01`;
  return crypto.createHmac(hash, secret).update(info, 'latin1').digest();
}

/** Encrypts in order, like a server. */
export class AnyEncrypter {
  #secret: Buffer;
  #keys: TrafficKeys;
  readonly #suite: number;
  #number = 0;

  constructor(suite: number, secret: Buffer) {
    this.#suite = suite;
    this.#secret = secret;
    this.#keys = trafficKeys(suite, secret);
  }

  /** The next record. */
  encrypt(type: number, content: Buffer | string, padding = 0): Buffer {
    return anyRecord(this.#keys, this.#number++, type, content, padding);
  }

  /** A change of keys, as a record; what follows is encrypted with the next ones. */
  changeKeys(request: 0 | 1): Buffer {
    const record = this.encrypt(22, Buffer.from([24, 0, 0, 1, request]));
    this.#secret = secretAfter(this.#keys.suite.hash, this.#secret);
    this.#keys = trafficKeys(this.#suite, this.#secret);
    this.#number = 0;
    return record;
  }
}
