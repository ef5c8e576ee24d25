/**
 * The record layer of TLS 1.3 (RFC 8446, section 5) for application data: seals and opens records with keys that come from a
 * traffic secret (section 7.3). Pure but for `node:crypto`. Nothing here negotiates or verifies anything.
 */
import type { CipherGCMTypes, KeyObject } from 'node:crypto';

/** Content types, section 5.1. */
export const CONTENT = {
  changeCipherSpec: 20,
  alert: 21,
  handshake: 22,
  applicationData: 23,
} as const;

/** An AEAD as `node:crypto` names it, and the hash of its suite. */
interface Suite {
  readonly algorithm: CipherGCMTypes | 'chacha20-poly1305';
  readonly keyBytes: number;
  readonly hash: 'sha256' | 'sha384';
}

/** Section B.4: TLS_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384 and TLS_CHACHA20_POLY1305_SHA256. */
const SUITES: ReadonlyMap<number, Suite> = new Map([
  [0x1301, { algorithm: 'aes-128-gcm', keyBytes: 16, hash: 'sha256' }],
  [0x1302, { algorithm: 'aes-256-gcm', keyBytes: 32, hash: 'sha384' }],
  [0x1303, { algorithm: 'chacha20-poly1305', keyBytes: 32, hash: 'sha256' }],
]);

/** `TLSCiphertext`, section 5.2: content type, legacy version, length. */
export const HEAD_BYTES = 5;
/** Section 5.1: `TLSPlaintext.length` is at most 2^14. */
const MOST_PLAIN_BYTES = 2 ** 14;
/** Section 5.2: a `TLSCiphertext` is at most 256 bytes longer. */
const MOST_SEALED_BYTES = MOST_PLAIN_BYTES + 256;
/** Section 5.2: every AEAD of these suites has a tag of 16 bytes. */
const TAG_BYTES = 16;
/** Section 5.3: the nonce is as long as the iv, which has 12 bytes in these suites. */
const IV_BYTES = 12;
/** Section 5.5 allows AES-GCM some 2^24.5 full records with one key. A connection is given up long before. */
export const MOST_RECORDS: number = 2 ** 22;

/** Key and iv of one direction. */
export interface TrafficKeys {
  readonly suite: Suite;
  readonly key: KeyObject;
  readonly iv: Buffer;
}

/** Whether records of this cipher suite can be sealed here. */
export function isKnownSuite(suite: number): boolean {
  return SUITES.has(suite);
}

/** Key and iv from a traffic secret, section 7.3. */
export function trafficKeys(suiteNumber: number, secret: Uint8Array): TrafficKeys {
  const suite = SUITES.get(suiteNumber);
  if (suite === undefined) throw new Error(`unknown cipher suite ${suiteNumber}`);
  const key = expandLabel(suite.hash, secret, 'key', suite.keyBytes);
  const keys = {
    suite,
    key: crypto().createSecretKey(key),
    iv: expandLabel(suite.hash, secret, 'iv', IV_BYTES),
  };
  key.fill(0);
  return keys;
}

/** HKDF-Expand-Label with an empty context, section 7.1; what is asked for is never longer than one block of HKDF-Expand. */
function expandLabel(hash: string, secret: Uint8Array, label: string, bytes: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`, 'latin1');
  const info = Buffer.concat([Buffer.from([0, bytes, name.length]), name, Buffer.from([0, 1])]);
  return crypto().createHmac(hash, secret).update(info).digest().subarray(0, bytes);
}

/** Counts the records of one direction, and makes the nonce of each. */
class Sequence {
  readonly #iv: Buffer;
  readonly #nonce: Buffer;
  #number = 0;

  constructor(iv: Buffer) {
    this.#iv = iv;
    this.#nonce = Buffer.from(iv);
  }

  get number(): number {
    return this.#number;
  }

  /**
   * The nonce of the next record, section 5.3; valid until the next call.
   * @throws Error when the key has been used for long enough: no nonce is ever used twice.
   */
  next(): Buffer {
    if (this.#number >= MOST_RECORDS) throw new Error('the key of this connection is worn out');
    // The number is far below 2^32, so that it changes the last four bytes only.
    const last = this.#iv.readUInt32BE(IV_BYTES - 4);
    this.#nonce.writeUInt32BE((last ^ this.#number) >>> 0, IV_BYTES - 4);
    this.#number++;
    return this.#nonce;
  }
}

/** Seals what we send. */
export class Sealer {
  readonly #keys: TrafficKeys;
  readonly #sequence: Sequence;
  /** `TLSInnerPlaintext`: the content and, behind it, its type. */
  readonly #inner = Buffer.allocUnsafeSlow(MOST_PLAIN_BYTES + 1);

  constructor(keys: TrafficKeys) {
    this.#keys = keys;
    this.#sequence = new Sequence(keys.iv);
  }

  /** Records sealed so far. */
  get records(): number {
    return this.#sequence.number;
  }

  /** The bytes from `start` to `end` as records of application data. Each call uses up their numbers. */
  seal(bytes: Buffer, start: number, end: number): Buffer {
    const count = Math.ceil((end - start) / MOST_PLAIN_BYTES);
    const sealed = Buffer.allocUnsafe(end - start + count * (HEAD_BYTES + 1 + TAG_BYTES));
    let at = 0;
    for (let from = start; from < end; from += MOST_PLAIN_BYTES) {
      at = this.#sealOne(bytes, from, Math.min(end, from + MOST_PLAIN_BYTES), sealed, at);
    }
    return sealed;
  }

  #sealOne(bytes: Buffer, from: number, to: number, sealed: Buffer, at: number): number {
    const { suite, key } = this.#keys;
    const inner = this.#inner.subarray(0, to - from + 1);
    bytes.copy(inner, 0, from, to);
    inner[to - from] = CONTENT.applicationData;
    const end = at + HEAD_BYTES + inner.length + TAG_BYTES;
    const head = sealed.subarray(at, at + HEAD_BYTES);
    putHead(head, inner.length + TAG_BYTES);
    const cipher = crypto().createCipheriv(
      suite.algorithm as CipherGCMTypes,
      key,
      this.#sequence.next(),
      {
        authTagLength: TAG_BYTES,
      },
    );
    cipher.setAAD(head);
    cipher.update(inner).copy(sealed, at + HEAD_BYTES);
    cipher.final();
    cipher.getAuthTag().copy(sealed, end - TAG_BYTES);
    return end;
  }
}

/** What was in a record. */
export interface Opened {
  /** One of `CONTENT`. */
  readonly type: number;
  readonly content: Buffer;
}

/** Opens what the other end sends. */
export class Opener {
  readonly #keys: TrafficKeys;
  readonly #sequence: Sequence;

  constructor(keys: TrafficKeys) {
    this.#keys = keys;
    this.#sequence = new Sequence(keys.iv);
  }

  /**
   * Opens the next record, its head included.
   * @throws Error when it was not sealed with this key under this number.
   */
  open(record: Buffer): Opened {
    const { suite, key } = this.#keys;
    if (record[0] !== CONTENT.applicationData) throw new Error('a record that is not sealed');
    if (record.length < HEAD_BYTES + 1 + TAG_BYTES) throw new Error('a record without content');
    const end = record.length - TAG_BYTES;
    const cipher = crypto().createDecipheriv(
      suite.algorithm as CipherGCMTypes,
      key,
      this.#sequence.next(),
      { authTagLength: TAG_BYTES },
    );
    cipher.setAAD(record.subarray(0, HEAD_BYTES));
    cipher.setAuthTag(record.subarray(end));
    const inner = cipher.update(record.subarray(HEAD_BYTES, end));
    cipher.final();
    return withoutPadding(inner);
  }
}

/** Section 5.4: the type is the last byte that is not zero. */
function withoutPadding(inner: Buffer): Opened {
  let at = inner.length - 1;
  while (at >= 0 && inner[at] === 0) at--;
  if (at < 0) throw new Error('a record of padding alone');
  return { type: inner[at] as number, content: inner.subarray(0, at) };
}

/** Cuts a stream of bytes into records. */
export class RecordReader {
  #pending: Buffer = Buffer.alloc(0);

  /** Takes what was received. */
  add(bytes: Uint8Array): void {
    this.#pending = Buffer.concat([this.#pending, bytes]);
  }

  /**
   * The next complete record, its head included; undefined when there is none yet.
   * @throws Error when it is longer than any record may be.
   */
  next(): Buffer | undefined {
    const pending = this.#pending;
    if (pending.length < HEAD_BYTES) return undefined;
    const length = pending.readUInt16BE(3);
    if (length > MOST_SEALED_BYTES) throw new Error('a record that is too long');
    if (pending.length < HEAD_BYTES + length) return undefined;
    this.#pending = pending.subarray(HEAD_BYTES + length);
    return pending.subarray(0, HEAD_BYTES + length);
  }
}

/** Section 5.2: a sealed record looks like application data of TLS 1.2. */
function putHead(head: Buffer, length: number): void {
  head[0] = CONTENT.applicationData;
  head[1] = 3;
  head[2] = 3;
  head.writeUInt16BE(length, 3);
}

/** Loaded when the first connection over TLS is made. */
function crypto(): typeof import('node:crypto') {
  return process.getBuiltinModule('node:crypto');
}
