/**
 * The record layer of TLS 1.3 (RFC 8446, section 5): encrypts and decrypts records with keys from a traffic secret (section
 * 7.3). Pure, except for `node:crypto`. Nothing here negotiates anything or verifies the server.
 */
import type { CipherGCMTypes, KeyObject } from 'node:crypto';

/** Content types, section 5.1. */
export const CONTENT = {
  changeCipherSpec: 20,
  alert: 21,
  handshake: 22,
  applicationData: 23,
} as const;

/** Those that we send, section 6. */
export const ALERT = {
  closeNotify: 0,
  unexpectedMessage: 10,
  badRecordMac: 20,
  recordOverflow: 22,
  illegalParameter: 47,
  decodeError: 50,
  internalError: 80,
} as const;

/** A violation of the protocol, with the alert that tells the other end. */
export class TlsError extends Error {
  readonly alert: number;

  constructor(alert: number, message: string) {
    super(message);
    this.alert = alert;
  }
}

/** An AEAD as `node:crypto` names it, and the hash of its suite, which is as long as a traffic secret. */
interface Suite {
  readonly algorithm: CipherGCMTypes;
  readonly keyBytes: number;
  readonly hash: 'sha256' | 'sha384';
  readonly hashBytes: number;
}

// `node:crypto` takes the same options for both.
const CHACHA20: CipherGCMTypes = 'chacha20-poly1305' as 'aes-256-gcm';
/** Section B.4: TLS_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384 and TLS_CHACHA20_POLY1305_SHA256. */
const SUITES: ReadonlyMap<number, Suite> = new Map([
  [0x1301, { algorithm: 'aes-128-gcm', keyBytes: 16, hash: 'sha256', hashBytes: 32 }],
  [0x1302, { algorithm: 'aes-256-gcm', keyBytes: 32, hash: 'sha384', hashBytes: 48 }],
  [0x1303, { algorithm: CHACHA20, keyBytes: 32, hash: 'sha256', hashBytes: 32 }],
]);

/** `TLSCiphertext`, section 5.2: content type, legacy version, length. */
export const HEAD_BYTES = 5;
const LENGTH_AT = 3;
/** Section 5.1: `TLSPlaintext.length` is at most 2^14. */
const MAX_PLAINTEXT_BYTES = 2 ** 14;
/** Section 5.2: a `TLSCiphertext` is at most 256 bytes longer. */
const MAX_CIPHERTEXT_BYTES = MAX_PLAINTEXT_BYTES + 256;
/** Section 5.2: every AEAD of these suites has a tag of 16 bytes. */
const TAG_BYTES = 16;
const WITH_TAG: { readonly authTagLength: number } = { authTagLength: TAG_BYTES };
/** Section 5.3: the nonce is as long as the iv, which has 12 bytes in these suites. */
const IV_BYTES = 12;
/** The most that a reader holds: some records, and what a handshake brings while Node is busy with the previous part. */
const MAX_PENDING_BYTES = 2 ** 18;
/** Section 5.5 allows about 2^24.5 full records with one key of AES-GCM. A connection is given up long before that. */
export const MAX_RECORDS: number = 2 ** 22;

export interface TrafficKeys {
  readonly suite: Suite;
  /** What these keys and the next ones are made from. */
  readonly secret: KeyObject;
  readonly key: KeyObject;
  readonly iv: Buffer;
}

/**
 * Key and iv from a traffic secret, section 7.3.
 * @throws Error when this cipher suite is not known here, or the secret does not fit it.
 */
export function trafficKeys(suiteNumber: number, secret: Uint8Array | undefined): TrafficKeys {
  const suite = SUITES.get(suiteNumber);
  if (suite === undefined) throw new Error(`the cipher suite is 0x${suiteNumber.toString(16)}`);
  // No key is ever made without a secret: anyone could make the same one.
  if (secret?.length !== suite.hashBytes) throw new Error('this runtime shows no traffic secrets');
  return keysFrom(suite, crypto().createSecretKey(secret));
}

function keysFrom(suite: Suite, secret: KeyObject): TrafficKeys {
  const key = keyFrom(suite, secret, 'key', suite.keyBytes);
  return { suite, secret, key, iv: expandLabel(suite, secret, 'iv', IV_BYTES) };
}

/** Leaves no copy of the key outside its object. */
function keyFrom(suite: Suite, secret: KeyObject, label: string, bytes: number): KeyObject {
  const expanded = expandLabel(suite, secret, label, bytes);
  const key = crypto().createSecretKey(expanded);
  expanded.fill(0);
  return key;
}

/** HKDF-Expand-Label with an empty context, section 7.1. The result is never longer than one block of HKDF-Expand. */
function expandLabel({ hash }: Suite, secret: KeyObject, label: string, bytes: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`, 'latin1');
  const info = Buffer.concat([Buffer.from([0, bytes, name.length]), name, Buffer.from([0, 1])]);
  return crypto().createHmac(hash, secret).update(info).digest().subarray(0, bytes);
}

/** One direction: its keys, and the number of its next record. */
class Direction {
  #keys: TrafficKeys;
  readonly #nonce = Buffer.alloc(IV_BYTES);
  #records = 0;

  constructor(keys: TrafficKeys) {
    this.#keys = keys;
  }

  /** Records under the current keys. */
  get records(): number {
    return this.#records;
  }

  /** Switches to the next keys, section 7.2. Their records are numbered from 0 again. */
  changeKeys(): void {
    const { suite, secret } = this.#keys;
    this.#keys = keysFrom(suite, keyFrom(suite, secret, 'traffic upd', suite.hashBytes));
    this.#records = 0;
  }

  /**
   * What the AEAD takes for the next record, sections 5.2 and 5.3. The nonce is valid until the next call.
   * @throws Error when the key has been used often enough. No nonce is ever used twice.
   */
  protected next(): [CipherGCMTypes, KeyObject, Buffer, { readonly authTagLength: number }] {
    if (this.#records >= MAX_RECORDS) throw new Error('the key of this connection is at its limit');
    const { suite, key, iv } = this.#keys;
    iv.copy(this.#nonce);
    // The number is far below 2^32, so it changes only the last four bytes.
    const last = iv.readUInt32BE(IV_BYTES - 4);
    this.#nonce.writeUInt32BE((last ^ this.#records) >>> 0, IV_BYTES - 4);
    this.#records++;
    return [suite.algorithm, key, this.#nonce, WITH_TAG];
  }
}

export class Encrypter extends Direction {
  /** Section 5.2: an encrypted record looks like application data of TLS 1.2. */
  readonly #head = Buffer.from([CONTENT.applicationData, 3, 3, 0, 0]);
  /** `TLSInnerPlaintext`: the content, then its type. */
  readonly #inner = Buffer.allocUnsafeSlow(MAX_PLAINTEXT_BYTES + 1);

  /** The bytes from `start` to `end` as records of one of the types in `CONTENT`. Each call uses up their numbers. */
  encrypt(
    bytes: Buffer,
    start: number,
    end: number,
    type: number = CONTENT.applicationData,
  ): Buffer {
    const count = Math.ceil((end - start) / MAX_PLAINTEXT_BYTES);
    const records = Buffer.allocUnsafe(end - start + count * (HEAD_BYTES + 1 + TAG_BYTES));
    let at = 0;
    for (let from = start; from < end; from += MAX_PLAINTEXT_BYTES) {
      const length = bytes.copy(this.#inner, 0, from, Math.min(end, from + MAX_PLAINTEXT_BYTES));
      this.#inner[length] = type;
      at = this.#encryptOne(this.#inner.subarray(0, length + 1), records, at);
    }
    return records;
  }

  /** Returns where the record ends. */
  #encryptOne(inner: Buffer, records: Buffer, at: number): number {
    const end = at + HEAD_BYTES + inner.length + TAG_BYTES;
    this.#head.writeUInt16BE(inner.length + TAG_BYTES, LENGTH_AT);
    records.set(this.#head, at);
    const cipher = crypto().createCipheriv(...this.next());
    cipher.setAAD(this.#head);
    records.set(cipher.update(inner), at + HEAD_BYTES);
    cipher.final();
    records.set(cipher.getAuthTag(), end - TAG_BYTES);
    return end;
  }
}

export interface Decrypted {
  /** One of `CONTENT`. */
  readonly type: number;
  readonly content: Buffer;
}

export class Decrypter extends Direction {
  /**
   * Decrypts the next record, including its head.
   * @throws Error when it was not encrypted with this key under this number.
   */
  decrypt(record: Buffer): Decrypted {
    if (record[0] !== CONTENT.applicationData) {
      throw new TlsError(ALERT.unexpectedMessage, 'a record that is not encrypted');
    }
    const inner = this.#authenticated(record);
    // Section 5.4: padding must not make a record longer than it may be.
    if (inner.length > MAX_PLAINTEXT_BYTES + 1) throw tooLong();
    // The type is the last byte that is not zero.
    let at = inner.length - 1;
    while (at >= 0 && inner[at] === 0) at--;
    if (at < 0) throw new TlsError(ALERT.unexpectedMessage, 'a record of padding alone');
    return { type: inner[at] as number, content: inner.subarray(0, at) };
  }

  #authenticated(record: Buffer): Buffer {
    const end = record.length - TAG_BYTES;
    const cipher = crypto().createDecipheriv(...this.next());
    try {
      cipher.setAAD(record.subarray(0, HEAD_BYTES));
      cipher.setAuthTag(record.subarray(Math.max(HEAD_BYTES, end)));
      const inner = cipher.update(record.subarray(HEAD_BYTES, Math.max(HEAD_BYTES, end)));
      cipher.final();
      return inner;
    } catch (error) {
      throw new TlsError(ALERT.badRecordMac, (error as Error).message);
    }
  }
}

/** Cuts a stream of bytes into records. */
export class RecordReader {
  #pending: Buffer = Buffer.alloc(0);

  /**
   * Takes what was received.
   * @throws Error when too much comes in before it is taken out.
   */
  add(bytes: Uint8Array): void {
    if (this.#pending.length + bytes.length > MAX_PENDING_BYTES) {
      throw new TlsError(ALERT.internalError, 'more records than belong here');
    }
    this.#pending = Buffer.concat([this.#pending, bytes]);
  }

  /**
   * The next complete record, including its head; undefined when there is none yet.
   * @throws Error when it is longer than any record may be.
   */
  next(): Buffer | undefined {
    const pending = this.#pending;
    if (pending.length < HEAD_BYTES) return undefined;
    const length = pending.readUInt16BE(LENGTH_AT);
    if (length > MAX_CIPHERTEXT_BYTES) throw tooLong();
    if (pending.length < HEAD_BYTES + length) return undefined;
    this.#pending = pending.subarray(HEAD_BYTES + length);
    return pending.subarray(0, HEAD_BYTES + length);
  }
}

function tooLong(): TlsError {
  return new TlsError(ALERT.recordOverflow, 'a record that is too long');
}

/** Loaded when the first connection over TLS is made. */
function crypto(): typeof import('node:crypto') {
  return process.getBuiltinModule('node:crypto');
}
