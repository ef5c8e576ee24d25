/**
 * The record layer of TLS 1.3 (RFC 8446, section 5): seals and opens records with keys from a traffic secret (section 7.3).
 * Pure, except for `node:crypto`. Nothing here negotiates anything or verifies the server.
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
  /** A traffic secret has the same length. */
  readonly hashBytes: number;
}

/** Section B.4: TLS_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384 and TLS_CHACHA20_POLY1305_SHA256. */
const SUITES: ReadonlyMap<number, Suite> = new Map([
  [0x1301, { algorithm: 'aes-128-gcm', keyBytes: 16, hash: 'sha256', hashBytes: 32 }],
  [0x1302, { algorithm: 'aes-256-gcm', keyBytes: 32, hash: 'sha384', hashBytes: 48 }],
  [0x1303, { algorithm: 'chacha20-poly1305', keyBytes: 32, hash: 'sha256', hashBytes: 32 }],
]);

/** `TLSCiphertext`, section 5.2: content type, legacy version, length. */
export const HEAD_BYTES = 5;
const LENGTH_AT = 3;
/** Section 5.1: `TLSPlaintext.length` is at most 2^14. */
const MOST_PLAIN_BYTES = 2 ** 14;
/** Section 5.2: a `TLSCiphertext` is at most 256 bytes longer. */
const MOST_SEALED_BYTES = MOST_PLAIN_BYTES + 256;
/** Section 5.2: every AEAD of these suites has a tag of 16 bytes. */
const TAG_BYTES = 16;
const WITH_TAG = { authTagLength: TAG_BYTES };
/** Section 5.3: the nonce is as long as the iv, which has 12 bytes in these suites. */
const IV_BYTES = 12;
/** The most that a reader holds: some records, and what a handshake brings while Node is busy with the previous part. */
const MOST_PENDING_BYTES = 2 ** 18;
/** Section 5.5 allows about 2^24.5 full records with one key of AES-GCM. A connection is given up long before that. */
export const MOST_RECORDS: number = 2 ** 22;

/** Key and iv of one direction. */
export interface TrafficKeys {
  readonly suite: Suite;
  /** What these keys and the next ones are made from. */
  readonly secret: KeyObject;
  readonly key: KeyObject;
  readonly iv: Buffer;
}

/**
 * Key and iv from a traffic secret, section 7.3.
 * @throws Error when records of this cipher suite cannot be sealed here, or the secret does not fit it.
 */
export function trafficKeys(suiteNumber: number, secret: Uint8Array | undefined): TrafficKeys {
  const suite = SUITES.get(suiteNumber);
  if (suite === undefined) throw new Error(`the cipher suite is 0x${suiteNumber.toString(16)}`);
  // No key is ever made without a secret: anyone could make the same one.
  if (secret?.length !== suite.hashBytes) throw new Error('this runtime shows no traffic secrets');
  return keysFrom(suite, secret);
}

/** The keys after a change of keys, section 7.2. */
function keysAfter({ suite, secret }: TrafficKeys): TrafficKeys {
  const next = expandLabel(suite.hash, secret, 'traffic upd', suite.hashBytes);
  const keys = keysFrom(suite, next);
  next.fill(0);
  return keys;
}

function keysFrom(suite: Suite, secret: Uint8Array): TrafficKeys {
  const key = expandLabel(suite.hash, secret, 'key', suite.keyBytes);
  const keys = {
    suite,
    secret: crypto().createSecretKey(secret),
    key: crypto().createSecretKey(key),
    iv: expandLabel(suite.hash, secret, 'iv', IV_BYTES),
  };
  key.fill(0);
  return keys;
}

/** HKDF-Expand-Label with an empty context, section 7.1. The result is never longer than one block of HKDF-Expand. */
function expandLabel(
  hash: string,
  secret: Uint8Array | KeyObject,
  label: string,
  bytes: number,
): Buffer {
  const name = Buffer.from(`tls13 ${label}`, 'latin1');
  const info = Buffer.concat([Buffer.from([0, bytes, name.length]), name, Buffer.from([0, 1])]);
  return crypto().createHmac(hash, secret).update(info).digest().subarray(0, bytes);
}

/** The keys of one direction. Counts its records, and makes the nonce of each. */
class Direction {
  #keys: TrafficKeys;
  readonly #nonce = Buffer.alloc(IV_BYTES);
  /** Number of the next record under these keys, section 5.3. */
  #number = 0;

  constructor(keys: TrafficKeys) {
    this.#keys = keys;
  }

  get keys(): TrafficKeys {
    return this.#keys;
  }

  get number(): number {
    return this.#number;
  }

  /**
   * The nonce of the next record, section 5.3; valid until the next call.
   * @throws Error when the key has been used often enough. No nonce is ever used twice.
   */
  nextNonce(): Buffer {
    if (this.#number >= MOST_RECORDS) throw new Error('the key of this connection is worn out');
    const { iv } = this.#keys;
    iv.copy(this.#nonce);
    // The number is far below 2^32, so it changes only the last four bytes.
    const last = iv.readUInt32BE(IV_BYTES - 4);
    this.#nonce.writeUInt32BE((last ^ this.#number) >>> 0, IV_BYTES - 4);
    this.#number++;
    return this.#nonce;
  }

  /** Switches to the next keys. Their records are numbered from 0 again. */
  changeKeys(): void {
    this.#keys = keysAfter(this.#keys);
    this.#number = 0;
  }
}

/** Seals what we send. */
export class Sealer {
  readonly #direction: Direction;
  /** Section 5.2: a sealed record looks like application data of TLS 1.2. */
  readonly #head = Buffer.from([CONTENT.applicationData, 3, 3, 0, 0]);
  /** `TLSInnerPlaintext`: the content, then its type. */
  readonly #inner = Buffer.allocUnsafeSlow(MOST_PLAIN_BYTES + 1);

  constructor(keys: TrafficKeys) {
    this.#direction = new Direction(keys);
  }

  /** Records sealed with the current keys. */
  get records(): number {
    return this.#direction.number;
  }

  /** From now on, seals with the next keys. */
  changeKeys(): void {
    this.#direction.changeKeys();
  }

  /** The bytes from `start` to `end` as records of one of the types in `CONTENT`. Each call uses up their numbers. */
  seal(bytes: Buffer, start: number, end: number, type: number = CONTENT.applicationData): Buffer {
    const count = Math.ceil((end - start) / MOST_PLAIN_BYTES);
    const sealed = Buffer.allocUnsafe(end - start + count * (HEAD_BYTES + 1 + TAG_BYTES));
    let at = 0;
    for (let from = start; from < end; from += MOST_PLAIN_BYTES) {
      at = this.#sealOne(bytes, from, Math.min(end, from + MOST_PLAIN_BYTES), sealed, at, type);
    }
    return sealed;
  }

  #sealOne(
    bytes: Buffer,
    from: number,
    to: number,
    sealed: Buffer,
    at: number,
    type: number,
  ): number {
    const { suite, key } = this.#direction.keys;
    const inner = this.#inner.subarray(0, to - from + 1);
    bytes.copy(inner, 0, from, to);
    inner[to - from] = type;
    const end = at + HEAD_BYTES + inner.length + TAG_BYTES;
    const head = this.#head;
    head.writeUInt16BE(inner.length + TAG_BYTES, LENGTH_AT);
    sealed.set(head, at);
    const cipher = crypto().createCipheriv(
      suite.algorithm as CipherGCMTypes,
      key,
      this.#direction.nextNonce(),
      WITH_TAG,
    );
    cipher.setAAD(head);
    sealed.set(cipher.update(inner), at + HEAD_BYTES);
    cipher.final();
    sealed.set(cipher.getAuthTag(), end - TAG_BYTES);
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
  readonly #direction: Direction;

  constructor(keys: TrafficKeys) {
    this.#direction = new Direction(keys);
  }

  /** From now on, opens with the next keys. */
  changeKeys(): void {
    this.#direction.changeKeys();
  }

  /**
   * Opens the next record, including its head.
   * @throws Error when it was not sealed with this key under this number.
   */
  open(record: Buffer): Opened {
    const { suite, key } = this.#direction.keys;
    if (record[0] !== CONTENT.applicationData) throw new Error('a record that is not sealed');
    if (record.length < HEAD_BYTES + 1 + TAG_BYTES) throw new Error('a record without content');
    const end = record.length - TAG_BYTES;
    const cipher = crypto().createDecipheriv(
      suite.algorithm as CipherGCMTypes,
      key,
      this.#direction.nextNonce(),
      WITH_TAG,
    );
    cipher.setAAD(record.subarray(0, HEAD_BYTES));
    cipher.setAuthTag(record.subarray(end));
    const inner = cipher.update(record.subarray(HEAD_BYTES, end));
    cipher.final();
    // Section 5.4: padding must not make a record longer than it may be.
    if (inner.length > MOST_PLAIN_BYTES + 1) throw new Error('a record that is too long');
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

  /**
   * Takes what was received.
   * @throws Error when too much comes in before it is taken out.
   */
  add(bytes: Uint8Array): void {
    if (this.#pending.length + bytes.length > MOST_PENDING_BYTES) {
      throw new Error('more records than belong here');
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
    if (length > MOST_SEALED_BYTES) throw new Error('a record that is too long');
    if (pending.length < HEAD_BYTES + length) return undefined;
    this.#pending = pending.subarray(HEAD_BYTES + length);
    return pending.subarray(0, HEAD_BYTES + length);
  }
}

/** Loaded when the first connection over TLS is made. */
function crypto(): typeof import('node:crypto') {
  return process.getBuiltinModule('node:crypto');
}
