import { describe, expect, it } from 'vitest';
import {
  Decrypter,
  Encrypter,
  RecordReader,
  trafficKeys,
} from '../../../../src/senders/write-through/tls/records.ts';
import { TlsSession } from '../../../../src/senders/write-through/tls/session.ts';
import { AnyEncrypter } from './any-record.ts';

const SUITE = 0x1301;
const SECRET = Buffer.alloc(32, 7);

function makeSession(): TlsSession {
  const keys = trafficKeys(SUITE, SECRET);
  const received = new RecordReader();
  return new TlsSession({
    encrypter: new Encrypter(keys),
    decrypter: new Decrypter(keys),
    received,
  });
}

/** Records of one server, in their order. */
function server(): (type: number, content: Buffer | string) => Buffer {
  const encrypter = new AnyEncrypter(SUITE, SECRET);
  return (type, content) => encrypter.encrypt(type, content);
}

const TICKET = Buffer.concat([Buffer.from([4, 0, 0, 100]), Buffer.alloc(100)]);

function hex(text: string): Buffer {
  return Buffer.from(text.replace(/\s/g, ''), 'hex');
}

/** RFC 8448, section 3: what both sides send after the handshake, byte for byte. */
it('takes and makes the trace of a simple 1-RTT handshake in RFC 8448', () => {
  const client = trafficKeys(
    SUITE,
    hex(`9e 40 64 6c e7 9a 7f 9d c0 5a f8 88 9b ce 65 52
      87 5a fa 0b 06 df 00 87 f7 92 eb b7 c1 75 04 a5`),
  );
  const server = trafficKeys(
    SUITE,
    hex(`a1 1a f9 f0 55 31 f8 56 ad 47 11 6b 45 a9 50 32
      82 04 b4 f4 4b fb 6b 3a 4b 4f 1f 3f cb 63 16 43`),
  );
  expect(server.key.export().toString('hex')).toBe('9f02283b6c9c07efc26bb9f2ac92e356');
  expect(server.iv.toString('hex')).toBe('cf782b88dd83549aadf1e984');
  const session = new TlsSession({
    encrypter: new Encrypter(client),
    decrypter: new Decrypter(server),
    received: new RecordReader(),
  });
  const ticket = hex(`17 03 03 00 de 3a 6b 8f 90 41 4a 97 d6 95 9c 34 87 68 0d e5 13 4a 2b 24 0e
    6c ff ac 11 6e 95 d4 1d 6a f8 f6 b5 80 dc f3 d1 1d 63 c7 58 db 28 9a 01 59 40 25 2f 55 71 3e
    06 1d c1 3e 07 88 91 a3 8e fb cf 57 53 ad 8e f1 70 ad 3c 73 53 d1 6d 9d a7 73 b9 ca 7f 2b 9f
    a1 b6 c0 d4 a3 d0 3f 75 e0 9c 30 ba 1e 62 97 2a c4 6f 75 f7 b9 81 be 63 43 9b 29 99 ce 13 06
    46 15 13 98 91 d5 e4 c5 b4 06 f1 6e 3f c1 81 a7 7c a4 75 84 00 25 db 2f 0a 77 f8 1b 5a b0 5b
    94 c0 13 46 75 5f 69 23 2c 86 51 9d 86 cb ee ac 87 aa c3 47 d1 43 f9 60 5d 64 f6 50 db 4d 02
    3e 70 e9 52 ca 49 fe 51 37 12 1c 74 bc 26 97 68 7e 24 87 46 d6 df 35 30 05 f3 bc e1 86 96 12
    9c 81 53 55 6b 3b 6c 67 79 b3 7b f1 59 85 68 4f`);
  expect(session.decrypt(ticket)).toMatchObject({ content: Buffer.alloc(0), end: undefined });
  const payload = Buffer.from(Array.from({ length: 50 }, (_, at) => at));
  expect(session.encrypt(payload, 0, payload.length)).toEqual(
    hex(`17 03 03 00 43 a2 3f 70 54 b6 2c 94 d0 af fa fe 82 28 ba 55 cb ef ac ea 42 f9 14 aa 66
      bc ab 3f 2b 98 19 a8 a5 b4 6b 39 5b d5 4a 9a 20 44 1e 2b 62 97 4e 1f 5a 62 92 a2 97 70 14
      bd 1e 3d ea e6 3a ee bb 21 69 49 15 e4`),
  );
  const data = hex(`17 03 03 00 43 2e 93 7e 11 ef 4a c7 40 e5 38 ad 36 00 5f c4 a4 69 32 fc 32 25
    d0 5f 82 aa 1b 36 e3 0e fa f9 7d 90 e6 df fc 60 2d cb 50 1a 59 a8 fc c4 9c 4b f2 e5 f0 a2 1c
    00 47 c2 ab f3 32 54 0d d0 32 e1 67 c2 95 5d`);
  expect(session.decrypt(data)).toMatchObject({ content: payload, end: undefined });
  const end = hex('17 03 03 00 13 b5 8f d6 71 66 eb f5 99 d2 47 20 cf be 7e fa 7a 88 64 a9');
  expect(session.decrypt(end).end?.message).toBe('the server closed the connection');
  expect(session.encryptEnd()).toEqual(
    hex('17 03 03 00 13 c9 87 27 60 65 56 66 b7 4d 7f f1 15 3e fd 6d b6 d0 b0 e3'),
  );
});

describe('TlsSession', () => {
  it('gives the application data of several records, and passes over tickets', () => {
    const encrypt = server();
    const bytes = Buffer.concat([
      encrypt(22, Buffer.concat([TICKET, TICKET])),
      encrypt(23, 'HTTP/1.1 '),
      encrypt(23, '200 OK'),
    ]);
    const session = makeSession();
    const half = Math.floor(bytes.length / 2);
    const parts = [bytes.subarray(0, half), bytes.subarray(half)].map((part) =>
      session.decrypt(part),
    );
    expect(parts.map(({ content }) => content.toString()).join('')).toBe('HTTP/1.1 200 OK');
    expect(parts.map(({ end }) => end)).toEqual([undefined, undefined]);
  });

  it('passes over a ticket that is cut in parts', () => {
    const encrypt = server();
    const session = makeSession();
    for (let at = 0; at < TICKET.length; at += 5) {
      expect(session.decrypt(encrypt(22, TICKET.subarray(at, at + 5))).end).toBeUndefined();
    }
    expect(session.decrypt(encrypt(23, 'a')).content.toString()).toBe('a');
  });

  it('gives the answer that came together with the end of the connection', () => {
    const encrypt = server();
    const bytes = Buffer.concat([encrypt(23, 'answer'), encrypt(21, Buffer.from([1, 0]))]);
    const { content, end } = makeSession().decrypt(bytes);
    expect([content.toString(), end?.message]).toEqual([
      'answer',
      'the server closed the connection',
    ]);
  });

  it('takes tickets of any size without keeping them', () => {
    const encrypt = server();
    const session = makeSession();
    const large = Buffer.concat([Buffer.from([4, 0xff, 0xff, 0xff]), Buffer.alloc(16_000)]);
    expect(session.decrypt(encrypt(22, large)).end).toBeUndefined();
    for (let count = 1; count < 20; count++) {
      expect(session.decrypt(encrypt(22, Buffer.alloc(16_000))).end).toBeUndefined();
    }
  });

  it.each<[string, (encrypter: AnyEncrypter) => Buffer]>([
    ['tickets', (encrypter) => encrypter.encrypt(22, TICKET)],
    ['changes of keys', (encrypter) => encrypter.changeKeys(1)],
    ['records without content', (encrypter) => encrypter.encrypt(23, '')],
  ])('ends at %s without an end, and takes any number with data in between', (_, next) => {
    const encrypter = new AnyEncrypter(SUITE, SECRET);
    const session = makeSession();
    for (let count = 0; count < 200; count++) {
      expect(session.decrypt(next(encrypter)).end).toBeUndefined();
      expect(session.decrypt(encrypter.encrypt(23, 'a')).content.toString()).toBe('a');
    }
    // A server that does it at each of our records.
    for (let count = 0; count < 2_000; count++) {
      session.encrypt(Buffer.from('a'), 0, 1);
      expect(session.decrypt(next(encrypter)).end).toBeUndefined();
    }
    const ends = Array.from({ length: 1_025 }, () => session.decrypt(next(encrypter)).end);
    expect(new Set(ends.slice(0, 1_023))).toEqual(new Set([undefined]));
    expect(ends[1_023]?.message).toBe('too many records without data');
  });

  it('goes on with the next keys of the server, and changes its own before the next line when it is asked to', () => {
    const encrypter = new AnyEncrypter(SUITE, SECRET);
    const session = makeSession();
    const sent = new Decrypter(trafficKeys(SUITE, SECRET));
    const decrypt = (encrypted: Buffer): Array<[number, string]> => {
      const reader = new RecordReader();
      reader.add(encrypted);
      const opened: Array<[number, string]> = [];
      for (let record = reader.next(); record; record = reader.next()) {
        const { type, content } = sent.decrypt(record);
        opened.push([type, content.toString('latin1')]);
        if (type === 22) sent.changeKeys();
      }
      return opened;
    };
    expect(decrypt(session.encrypt(Buffer.from('a'), 0, 1))).toEqual([[23, 'a']]);
    const bytes = [encrypter.encrypt(23, '1'), encrypter.changeKeys(0), encrypter.encrypt(23, '2')];
    expect(session.decrypt(Buffer.concat(bytes)).content.toString()).toBe('12');
    expect(decrypt(session.encrypt(Buffer.from('b'), 0, 1))).toEqual([[23, 'b']]);
    // Two requests are answered by one change.
    const asked = [encrypter.changeKeys(1), encrypter.changeKeys(1), encrypter.encrypt(23, '3')];
    expect(session.decrypt(Buffer.concat(asked))).toMatchObject({ end: undefined });
    expect(decrypt(session.encrypt(Buffer.from('c'), 0, 1))).toEqual([
      [22, '\x18\0\0\x01\0'],
      [23, 'c'],
    ]);
    expect(decrypt(session.encrypt(Buffer.from('d'), 0, 1))).toEqual([[23, 'd']]);
    expect(decrypt(session.encryptEnd() as Buffer)).toEqual([[21, '\x01\0']]);
  });

  const UPDATE = [24, 0, 0, 1, 1];

  it.each([
    ['a change of keys that asks for neither', 22, [24, 0, 0, 1, 2], 'not understood'],
    ['a change of keys that is longer', 22, [24, 0, 0, 2, 1, 1], 'not understood'],
    ['a change of keys that says nothing', 22, [24, 0, 0, 0], 'not understood'],
    ['two changes of keys in a record', 22, [...UPDATE, ...UPDATE], 'in the middle'],
    ['a change of keys before a ticket', 22, [...UPDATE, ...TICKET], 'in the middle'],
    ['a change of keys before a part of a message', 22, [...UPDATE, 4], 'in the middle'],
    ['half an alert', 21, [2], 'not one'],
    ['an alert without content', 21, [], 'without content'],
    ['a part of a message without content', 22, [], 'without content'],
    ['a request to begin anew', 22, [0, 0, 0, 0], 'type 0'],
    ['a request for a certificate', 22, [13, 0, 0, 0], 'type 13'],
    ['the end of the connection', 21, [1, 0], 'closed the connection'],
    ['an alert', 21, [2, 80], 'alert 80'],
    ['a record of another type', 20, [1], 'type 20'],
  ])('ends at %s', (_, type, content, message) => {
    const { end } = makeSession().decrypt(server()(type, Buffer.from(content)));
    expect(end?.message).toContain(message);
  });

  it.each([
    ['behind a ticket', [Buffer.concat([TICKET, Buffer.from(UPDATE)])]],
    ['in two records', [Buffer.from(UPDATE.slice(0, 3)), Buffer.from(UPDATE.slice(3))]],
  ])('goes on after a change of keys %s', (_, contents) => {
    const before = server();
    const after = new AnyEncrypter(SUITE, SECRET);
    after.changeKeys(1);
    const session = makeSession();
    for (const content of contents)
      expect(session.decrypt(before(22, content)).end).toBeUndefined();
    expect(session.decrypt(after.encrypt(23, 'a')).content.toString()).toBe('a');
  });

  it.each([
    ['unexpected_message', 10, () => server()(20, Buffer.from([1]))],
    ['bad_record_mac', 20, () => new AnyEncrypter(SUITE, Buffer.alloc(32, 8)).encrypt(23, 'a')],
    ['record_overflow', 22, () => Buffer.from([23, 3, 3, 0x41, 0x01])],
    ['illegal_parameter', 47, () => server()(22, Buffer.from([24, 0, 0, 1, 2]))],
    ['decode_error', 50, () => server()(22, Buffer.from([24, 0, 0, 0]))],
    ['close_notify', 0, () => server()(21, Buffer.from([1, 0]))],
  ])('tells the server why it ends: %s', (_, alert, record) => {
    const session = makeSession();
    expect(session.decrypt(record()).end).toBeDefined();
    const { type, content } = new Decrypter(trafficKeys(SUITE, SECRET)).decrypt(
      session.encryptEnd() as Buffer,
    );
    expect([type, ...content]).toEqual([21, alert === 0 ? 1 : 2, alert]);
    expect(session.encryptEnd()).toBeUndefined();
  });

  it('sends nothing after an alert of the server that is an error', () => {
    const session = makeSession();
    session.decrypt(server()(21, Buffer.from([2, 80])));
    expect(session.encryptEnd()).toBeUndefined();
  });

  it('ends at a message that is interrupted', () => {
    const encrypt = server();
    const session = makeSession();
    session.decrypt(encrypt(22, TICKET.subarray(0, 50)));
    expect(session.decrypt(encrypt(23, 'a')).end?.message).toBe('a message without its end');
  });

  it('ends at a record that is not encrypted', () => {
    const alert = Buffer.from([21, 3, 3, 0, 2, 2, 40]);
    expect(makeSession().decrypt(alert).end?.message).toContain('not encrypted');
  });

  it('ends what it sends with one encrypted alert, close_notify', () => {
    const decrypter = new Decrypter(trafficKeys(SUITE, SECRET));
    const { type, content } = decrypter.decrypt(makeSession().encryptEnd() as Buffer);
    expect([type, ...content]).toEqual([21, 1, 0]);
  });
});
