import crypto from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  CONTENT,
  Decrypter,
  Encrypter,
  HEAD_BYTES,
  MAX_RECORDS,
  RecordReader,
  trafficKeys,
} from '../../../../src/senders/write-through/tls/records.ts';
import { anyRecord } from './any-record.ts';

const SUITES = { aes128: 0x1301, aes256: 0x1302, chacha20: 0x1303 };
const SECRETS: Readonly<Record<number, Buffer>> = {
  [SUITES.aes128]: Buffer.alloc(32, 1),
  [SUITES.aes256]: Buffer.alloc(48, 2),
  [SUITES.chacha20]: Buffer.alloc(32, 3),
};

const TAG = Buffer.alloc(16);

function pair(suite: number = SUITES.aes128): { encrypter: Encrypter; decrypter: Decrypter } {
  const secret = SECRETS[suite] as Buffer;
  return {
    encrypter: new Encrypter(trafficKeys(suite, secret)),
    decrypter: new Decrypter(trafficKeys(suite, secret)),
  };
}

function encryptAny(number: number, content: Buffer, type: number, padding = 0): Buffer {
  const keys = trafficKeys(SUITES.aes128, SECRETS[SUITES.aes128] as Buffer);
  return anyRecord(keys, number, type, content, padding);
}

describe('records of TLS 1.3', () => {
  it.each(Object.entries(SUITES))('encrypted with %s are decrypted in their order', (_, suite) => {
    const { encrypter, decrypter } = pair(suite);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 50_000 }), (bytes) => {
        const reader = new RecordReader();
        reader.add(encrypter.encrypt(Buffer.from(bytes), 0, bytes.length));
        const parts: Buffer[] = [];
        for (let record = reader.next(); record; record = reader.next()) {
          expect(record.length).toBeLessThanOrEqual(HEAD_BYTES + 2 ** 14 + 256);
          const { type, content } = decrypter.decrypt(record);
          expect(type).toBe(CONTENT.applicationData);
          parts.push(content);
        }
        expect(Buffer.concat(parts)).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 50 },
    );
  });

  it('never use a nonce twice', () => {
    const nonces = new Set<string>();
    let repeated = 0;
    const make = crypto.createCipheriv;
    vi.spyOn(crypto, 'createCipheriv').mockImplementation(((...args: unknown[]) => {
      const nonce = Buffer.from(args[2] as Buffer).toString('hex');
      if (nonces.has(nonce)) repeated++;
      nonces.add(nonce);
      return Reflect.apply(make, crypto, args);
    }) as typeof make);
    const { encrypter } = pair();
    const bytes = Buffer.alloc(40_000, 'x');
    for (let call = 0; call < 2_000; call++)
      encrypter.encrypt(bytes, 0, 1 + ((call * 7919) % 40_000));
    vi.restoreAllMocks();
    expect(repeated).toBe(0);
    expect(nonces.size).toBe(encrypter.records);
  });

  it('are not encrypted any more when the key is at its limit, before the numbers repeat', () => {
    const cipher = {
      setAAD() {},
      update: (bytes: Buffer) => bytes,
      final() {},
      getAuthTag: () => TAG,
    };
    const { createCipheriv } = crypto;
    // A spy would note four million calls.
    crypto.createCipheriv = () => cipher as never;
    try {
      const { encrypter } = pair();
      const bytes = Buffer.from('a');
      for (let record = 0; record < MAX_RECORDS; record++) encrypter.encrypt(bytes, 0, 1);
      expect(() => encrypter.encrypt(bytes, 0, 1)).toThrow('at its limit');
      expect(encrypter.records).toBe(MAX_RECORDS);
      encrypter.changeKeys();
      encrypter.encrypt(bytes, 0, 1);
    } finally {
      crypto.createCipheriv = createCipheriv;
    }
    // RFC 8446, section 5.5: some 2^24.5 full records.
    expect(MAX_RECORDS).toBeLessThan(2 ** 24);
  });

  it('are refused when a bit, their number or their length is wrong', () => {
    const { encrypter } = pair();
    const first = encrypter.encrypt(Buffer.from('a'), 0, 1);
    const second = encrypter.encrypt(Buffer.from('b'), 0, 1);
    expect(() => pair().decrypter.decrypt(second)).toThrow();
    for (let at = HEAD_BYTES; at < first.length; at++) {
      const damaged = Buffer.from(first);
      damaged[at] = (damaged[at] as number) ^ 1;
      expect(() => pair().decrypter.decrypt(damaged)).toThrow();
    }
    expect(() => pair().decrypter.decrypt(first.subarray(0, 20))).toThrow();
    const swollen = encryptAny(0, Buffer.alloc(2 ** 14), 23, 1);
    expect(() => pair().decrypter.decrypt(swollen)).toThrow('too long');
    const many = new RecordReader();
    expect(() => {
      for (let call = 0; call < 100; call++) many.add(first);
      many.add(Buffer.alloc(300_000));
    }).toThrow('more records');
    const long = new RecordReader();
    long.add(Buffer.from([23, 3, 3, 0x41, 0x01]));
    expect(() => long.next()).toThrow('too long');
  });

  it('lose their padding, and are refused when there is nothing else', () => {
    const { decrypter } = pair();
    const { type, content } = decrypter.decrypt(encryptAny(0, Buffer.from('text'), 23, 100));
    expect([type, content.toString()]).toEqual([23, 'text']);
    expect(() => decrypter.decrypt(encryptAny(1, Buffer.alloc(0), 0, 10))).toThrow('padding');
  });

  it('have no key that is made from nothing', () => {
    for (const secret of [undefined, Buffer.alloc(0), Buffer.alloc(31), Buffer.alloc(48)]) {
      expect(() => trafficKeys(SUITES.aes128, secret)).toThrow('no traffic secrets');
    }
    expect(() => trafficKeys(0x1304, Buffer.alloc(32))).toThrow('0x1304');
  });

  it('are cut out of whatever pieces they come in', () => {
    const { encrypter } = pair();
    const all = Buffer.concat([1, 2, 3].map((n) => encrypter.encrypt(Buffer.from(`${n}`), 0, 1)));
    const reader = new RecordReader();
    let found = 0;
    for (const byte of all) {
      reader.add(Buffer.from([byte]));
      while (reader.next() !== undefined) found++;
    }
    expect(found).toBe(3);
  });
});
