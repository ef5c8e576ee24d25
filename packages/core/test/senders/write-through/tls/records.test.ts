import crypto from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  CONTENT,
  HEAD_BYTES,
  MOST_RECORDS,
  Opener,
  RecordReader,
  Sealer,
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

function hex(text: string): Buffer {
  return Buffer.from(text.replace(/\s/g, ''), 'hex');
}

function pair(suite: number = SUITES.aes128): { sealer: Sealer; opener: Opener } {
  const secret = SECRETS[suite] as Buffer;
  return {
    sealer: new Sealer(trafficKeys(suite, secret)),
    opener: new Opener(trafficKeys(suite, secret)),
  };
}

function sealAny(number: number, content: Buffer, type: number, padding = 0): Buffer {
  const keys = trafficKeys(SUITES.aes128, SECRETS[SUITES.aes128] as Buffer);
  return anyRecord(keys, number, type, content, padding);
}

describe('records of TLS 1.3', () => {
  it('have the keys and the bytes of RFC 8448, section 3', () => {
    const secret = hex(
      '9e 40 64 6c e7 9a 7f 9d c0 5a f8 88 9b ce 65 52 87 5a fa 0b 06 df 00 87 f7 92 eb b7 c1 75 04 a5',
    );
    const keys = trafficKeys(SUITES.aes128, secret);
    expect(keys.key.export().toString('hex')).toBe('17422dda596ed5d9acd890e3c63f5051');
    expect(keys.iv.toString('hex')).toBe('5b78923dee08579033e523d9');
    const payload = Buffer.from(Array.from({ length: 50 }, (_, at) => at));
    expect(new Sealer(keys).seal(payload, 0, payload.length)).toEqual(
      hex(`17 03 03 00 43 a2 3f 70 54 b6 2c 94 d0 af fa fe 82 28 ba 55 cb ef ac ea 42 f9 14 aa 66
        bc ab 3f 2b 98 19 a8 a5 b4 6b 39 5b d5 4a 9a 20 44 1e 2b 62 97 4e 1f 5a 62 92 a2 97 70 14
        bd 1e 3d ea e6 3a ee bb 21 69 49 15 e4`),
    );
  });

  it.each(Object.entries(SUITES))('sealed with %s are opened in their order', (_, suite) => {
    const { sealer, opener } = pair(suite);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 50_000 }), (bytes) => {
        const reader = new RecordReader();
        reader.add(sealer.seal(Buffer.from(bytes), 0, bytes.length));
        const parts: Buffer[] = [];
        for (let record = reader.next(); record; record = reader.next()) {
          expect(record.length).toBeLessThanOrEqual(HEAD_BYTES + 2 ** 14 + 256);
          const { type, content } = opener.open(record);
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
    const { sealer } = pair();
    const bytes = Buffer.alloc(40_000, 'x');
    for (let call = 0; call < 2_000; call++) sealer.seal(bytes, 0, 1 + ((call * 7919) % 40_000));
    vi.restoreAllMocks();
    expect(repeated).toBe(0);
    expect(nonces.size).toBe(sealer.records);
  });

  it('are not sealed any more when the key is worn out, before the numbers repeat', () => {
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
      const { sealer } = pair();
      const bytes = Buffer.from('a');
      for (let record = 0; record < MOST_RECORDS; record++) sealer.seal(bytes, 0, 1);
      expect(() => sealer.seal(bytes, 0, 1)).toThrow('worn out');
      expect(sealer.records).toBe(MOST_RECORDS);
      sealer.changeKeys();
      sealer.seal(bytes, 0, 1);
    } finally {
      crypto.createCipheriv = createCipheriv;
    }
    // RFC 8446, section 5.5: some 2^24.5 full records.
    expect(MOST_RECORDS).toBeLessThan(2 ** 24);
  });

  it('are refused when a bit, their number or their length is wrong', () => {
    const { sealer } = pair();
    const first = sealer.seal(Buffer.from('a'), 0, 1);
    const second = sealer.seal(Buffer.from('b'), 0, 1);
    expect(() => pair().opener.open(second)).toThrow();
    for (let at = HEAD_BYTES; at < first.length; at++) {
      const damaged = Buffer.from(first);
      damaged[at] = (damaged[at] as number) ^ 1;
      expect(() => pair().opener.open(damaged)).toThrow();
    }
    expect(() => pair().opener.open(first.subarray(0, 20))).toThrow();
    const swollen = sealAny(0, Buffer.alloc(2 ** 14), 23, 1);
    expect(() => pair().opener.open(swollen)).toThrow('too long');
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
    const { opener } = pair();
    const { type, content } = opener.open(sealAny(0, Buffer.from('text'), 23, 100));
    expect([type, content.toString()]).toEqual([23, 'text']);
    expect(() => opener.open(sealAny(1, Buffer.alloc(0), 0, 10))).toThrow('padding');
  });

  it('have no key that is made from nothing', () => {
    for (const secret of [undefined, Buffer.alloc(0), Buffer.alloc(31), Buffer.alloc(48)]) {
      expect(() => trafficKeys(SUITES.aes128, secret)).toThrow('no traffic secrets');
    }
    expect(() => trafficKeys(0x1304, Buffer.alloc(32))).toThrow('0x1304');
  });

  it('are cut out of whatever pieces they come in', () => {
    const { sealer } = pair();
    const all = Buffer.concat([1, 2, 3].map((n) => sealer.seal(Buffer.from(`${n}`), 0, 1)));
    const reader = new RecordReader();
    let found = 0;
    for (const byte of all) {
      reader.add(Buffer.from([byte]));
      while (reader.next() !== undefined) found++;
    }
    expect(found).toBe(3);
  });
});
