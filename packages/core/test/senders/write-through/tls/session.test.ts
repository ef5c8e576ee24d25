import crypto from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  Opener,
  RecordReader,
  Sealer,
  trafficKeys,
} from '../../../../src/senders/write-through/tls/records.ts';
import { TlsSession } from '../../../../src/senders/write-through/tls/session.ts';

const SUITE = 0x1301;
const SECRET = Buffer.alloc(32, 7);

function makeSession(): TlsSession {
  const keys = trafficKeys(SUITE, SECRET);
  const received = new RecordReader();
  return new TlsSession({ sealer: new Sealer(keys), opener: new Opener(keys), received });
}

/** Records of one server, in their order. */
function server(): (type: number, content: Buffer | string) => Buffer {
  const { key, iv } = trafficKeys(SUITE, SECRET);
  let number = 0;
  return (type, content) => {
    const inner = Buffer.concat([Buffer.from(content), Buffer.from([type])]);
    const head = Buffer.from([23, 3, 3, (inner.length + 16) >> 8, (inner.length + 16) & 255]);
    const nonce = Buffer.from(iv);
    nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ number++) >>> 0, 8);
    const cipher = crypto.createCipheriv('aes-128-gcm', key, nonce);
    cipher.setAAD(head);
    return Buffer.concat([head, cipher.update(inner), cipher.final(), cipher.getAuthTag()]);
  };
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
    for (let at = 0; at < TICKET.length; at += 3) {
      expect(session.open(seal(22, TICKET.subarray(at, at + 3))).end).toBeUndefined();
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

  it('takes tickets of any number and size without keeping them', () => {
    const seal = server();
    const session = makeSession();
    const large = Buffer.concat([Buffer.from([4, 0xff, 0xff, 0xff]), Buffer.alloc(16_000)]);
    expect(session.open(seal(22, large)).end).toBeUndefined();
    for (let count = 1; count < 1_048; count++) {
      expect(session.open(seal(22, Buffer.alloc(16_000))).end).toBeUndefined();
    }
  });

  it.each([
    ['a change of keys', 22, [24, 0, 0, 1, 1], 'changes its keys'],
    ['a request for a certificate', 22, [13, 0, 0, 0], 'type 13'],
    ['the end of the connection', 21, [1, 0], 'closed the connection'],
    ['an alert', 21, [2, 80], 'alert 80'],
    ['a record of another type', 20, [1], 'type 20'],
  ])('ends at %s', (_, type, content, message) => {
    const { end } = makeSession().open(server()(type, Buffer.from(content)));
    expect(end?.message).toContain(message);
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
