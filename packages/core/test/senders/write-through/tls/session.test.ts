import { describe, expect, it } from 'vitest';
import {
  Opener,
  RecordReader,
  Sealer,
  trafficKeys,
} from '../../../../src/senders/write-through/tls/records.ts';
import { TlsSession } from '../../../../src/senders/write-through/tls/session.ts';
import { AnySealer } from './any-record.ts';

const SUITE = 0x1301;
const SECRET = Buffer.alloc(32, 7);

function makeSession(): TlsSession {
  const keys = trafficKeys(SUITE, SECRET);
  const received = new RecordReader();
  return new TlsSession({ sealer: new Sealer(keys), opener: new Opener(keys), received });
}

/** Records of one server, in their order. */
function server(): (type: number, content: Buffer | string) => Buffer {
  const sealer = new AnySealer(SUITE, SECRET);
  return (type, content) => sealer.seal(type, content);
}

const TICKET = Buffer.concat([Buffer.from([4, 0, 0, 100]), Buffer.alloc(100)]);

describe('TlsSession', () => {
  it('gives the application data of several records, and passes over tickets', () => {
    const seal = server();
    const bytes = Buffer.concat([
      seal(22, Buffer.concat([TICKET, TICKET])),
      seal(23, 'HTTP/1.1 '),
      seal(23, '200 OK'),
    ]);
    const session = makeSession();
    const half = Math.floor(bytes.length / 2);
    const parts = [bytes.subarray(0, half), bytes.subarray(half)].map((part) => session.open(part));
    expect(parts.map(({ content }) => content.toString()).join('')).toBe('HTTP/1.1 200 OK');
    expect(parts.map(({ end }) => end)).toEqual([undefined, undefined]);
  });

  it('passes over a ticket that is cut in parts', () => {
    const seal = server();
    const session = makeSession();
    for (let at = 0; at < TICKET.length; at += 5) {
      expect(session.open(seal(22, TICKET.subarray(at, at + 5))).end).toBeUndefined();
    }
    expect(session.open(seal(23, 'a')).content.toString()).toBe('a');
  });

  it('gives the answer that came together with the end of the connection', () => {
    const seal = server();
    const bytes = Buffer.concat([seal(23, 'answer'), seal(21, Buffer.from([1, 0]))]);
    const { content, end } = makeSession().open(bytes);
    expect([content.toString(), end?.message]).toEqual([
      'answer',
      'the server closed the connection',
    ]);
  });

  it('takes tickets of any size without keeping them', () => {
    const seal = server();
    const session = makeSession();
    const large = Buffer.concat([Buffer.from([4, 0xff, 0xff, 0xff]), Buffer.alloc(16_000)]);
    expect(session.open(seal(22, large)).end).toBeUndefined();
    for (let count = 1; count < 20; count++) {
      expect(session.open(seal(22, Buffer.alloc(16_000))).end).toBeUndefined();
    }
  });

  it.each<[string, (sealer: AnySealer) => Buffer]>([
    ['tickets', (sealer) => sealer.seal(22, TICKET)],
    ['changes of keys', (sealer) => sealer.changeKeys(1)],
    ['records without content', (sealer) => sealer.seal(23, '')],
  ])('ends at %s without an end, and takes any number with data in between', (_, next) => {
    const sealer = new AnySealer(SUITE, SECRET);
    const session = makeSession();
    for (let count = 0; count < 200; count++) {
      expect(session.open(next(sealer)).end).toBeUndefined();
      expect(session.open(sealer.seal(23, 'a')).content.toString()).toBe('a');
    }
    const ends = Array.from({ length: 33 }, () => session.open(next(sealer)).end?.message);
    expect(ends.slice(0, 32)).toEqual(Array(32).fill(undefined));
    expect(ends[32]).toBe('too many records without data');
  });

  it('goes on with the next keys of the server, and changes its own before the next line when it is asked to', () => {
    const sealer = new AnySealer(SUITE, SECRET);
    const session = makeSession();
    const sent = new Opener(trafficKeys(SUITE, SECRET));
    const open = (sealed: Buffer): Array<[number, string]> => {
      const reader = new RecordReader();
      reader.add(sealed);
      const opened: Array<[number, string]> = [];
      for (let record = reader.next(); record; record = reader.next()) {
        const { type, content } = sent.open(record);
        opened.push([type, content.toString('latin1')]);
        if (type === 22) sent.changeKeys();
      }
      return opened;
    };
    expect(open(session.seal(Buffer.from('a'), 0, 1))).toEqual([[23, 'a']]);
    const bytes = [sealer.seal(23, '1'), sealer.changeKeys(0), sealer.seal(23, '2')];
    expect(session.open(Buffer.concat(bytes)).content.toString()).toBe('12');
    expect(open(session.seal(Buffer.from('b'), 0, 1))).toEqual([[23, 'b']]);
    // Two requests are answered by one change.
    const asked = [sealer.changeKeys(1), sealer.changeKeys(1), sealer.seal(23, '3')];
    expect(session.open(Buffer.concat(asked))).toMatchObject({ end: undefined });
    expect(open(session.seal(Buffer.from('c'), 0, 1))).toEqual([
      [22, '\x18\0\0\x01\0'],
      [23, 'c'],
    ]);
    expect(open(session.seal(Buffer.from('d'), 0, 1))).toEqual([[23, 'd']]);
    expect(open(session.sealEnd())).toEqual([[21, '\x01\0']]);
  });

  const UPDATE = [24, 0, 0, 1, 1];

  it.each([
    ['a change of keys that asks for neither', 22, [24, 0, 0, 1, 2], 'not understood'],
    ['a change of keys that is longer', 22, [24, 0, 0, 2, 1, 1], 'not understood'],
    ['a change of keys that says nothing', 22, [24, 0, 0, 0], 'not understood'],
    ['two changes of keys in a record', 22, [...UPDATE, ...UPDATE], 'not understood'],
    ['a change of keys behind a ticket', 22, [...TICKET, ...UPDATE], 'not understood'],
    ['a request to begin anew', 22, [0, 0, 0, 0], 'type 0'],
    ['a request for a certificate', 22, [13, 0, 0, 0], 'type 13'],
    ['the end of the connection', 21, [1, 0], 'closed the connection'],
    ['an alert', 21, [2, 80], 'alert 80'],
    ['a record of another type', 20, [1], 'type 20'],
  ])('ends at %s', (_, type, content, message) => {
    const { end } = makeSession().open(server()(type, Buffer.from(content)));
    expect(end?.message).toContain(message);
  });

  it('ends at a change of keys in two records', () => {
    const seal = server();
    const session = makeSession();
    session.open(seal(22, Buffer.from(UPDATE.slice(0, 3))));
    const { end } = session.open(seal(22, Buffer.from(UPDATE.slice(3))));
    expect(end?.message).toContain('not understood');
  });

  it('ends at a message that is interrupted', () => {
    const seal = server();
    const session = makeSession();
    session.open(seal(22, TICKET.subarray(0, 50)));
    expect(session.open(seal(23, 'a')).end?.message).toBe('a message without its end');
  });

  it('ends at a record that is not sealed', () => {
    const alert = Buffer.from([21, 3, 3, 0, 2, 2, 40]);
    expect(makeSession().open(alert).end?.message).toContain('not sealed');
  });

  it('ends what it sends with one sealed alert, close_notify', () => {
    const opener = new Opener(trafficKeys(SUITE, SECRET));
    const { type, content } = opener.open(makeSession().sealEnd());
    expect([type, ...content]).toEqual([21, 1, 0]);
  });
});
