/** Connections over TLS to Node's own server, which is OpenSSL, with a relay between them that sees every byte. */
import type net from 'node:net';
import tls from 'node:tls';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Transport } from '../../../../src/index.ts';
import {
  CONTENT,
  Encrypter,
  MAX_RECORDS,
} from '../../../../src/senders/write-through/tls/records.ts';
import { someOf } from '../../../some-of.ts';
import { setUpTls } from './set-up.ts';
import {
  type Certificate,
  makeCertificate,
  openSent,
  type Passage,
  startTlsServer,
  type TlsServer,
  type TlsServerOptions,
} from './tls-server.ts';

const { certificate, cleanUp, connect, onClose, undici } = setUpTls();
afterEach(() => {
  delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
});

function start(options: Partial<TlsServerOptions> = {}): Promise<TlsServer> {
  return startTlsServer({ certificate, onClose, ...options });
}

const SUITES = {
  TLS_AES_128_GCM_SHA256: 0x1301,
  TLS_AES_256_GCM_SHA384: 0x1302,
  TLS_CHACHA20_POLY1305_SHA256: 0x1303,
};
const DEFAULT_SUITE = SUITES.TLS_AES_256_GCM_SHA384;

describe.each(Object.entries(SUITES))('over %s', (name, suite) => {
  it('lines arrive in order, and all that is sent after the handshake is ours, under numbers that follow each other', async () => {
    const server = await start({ ciphers: name, minVersion: 'TLSv1.3' });
    const transport = connect(server, certificate);
    await transport.ready(30_000);
    const texts = Array.from({ length: 500 }, (_, at) => `line ${at} ${'x'.repeat(at)}`);
    for (const text of texts) transport.write({ text });
    expect(await transport.flush({ timeoutMs: 50_000 })).toMatchObject({ complete: true });
    expect(server.messages).toEqual(texts);
    expect(undici).not.toHaveBeenCalled();
    await transport.close();
    await vi.waitFor(() => expect(lastTypes(server, suite)).toContain(CONTENT.alert));
    const sent = openSent(server, suite);
    const text = sent.map((connection) => connection.text).join('');
    expect(text).toContain('POST /insert/jsonline');
    expect(text.match(/"_msg":/g)).toHaveLength(texts.length);
    // Application data alone, and one alert at the end: close_notify.
    for (const { types } of sent) {
      const before = types.at(-1) === CONTENT.alert ? types.slice(0, -1) : types;
      expect(before.filter((type) => type !== CONTENT.applicationData)).toEqual([]);
    }
  });
});

function lastTypes(server: TlsServer, suite: number): Array<number | undefined> {
  return openSent(server, suite).map(({ types }) => types.at(-1));
}

it('no record is encrypted twice under a number, whatever is truncated, stalled and sent again', async () => {
  const tearing = fc.record({
    /** Bytes that pass before a connection is cut; the handshake has some two thousand. */
    cuts: fc.array(fc.integer({ min: 0, max: 40_000 }), { minLength: 1, maxLength: 6 }),
    lines: fc.array(fc.integer({ min: 1, max: 60_000 }), { minLength: 20, maxLength: 60 }),
    stalls: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(tearing, async ({ cuts, lines, stalls }) => {
      const server = await start({
        takeOver: (passage) => {
          const cut = cuts[passage.number];
          if (cut !== undefined) cutAfter(passage, cut);
          if (stalls) stallOnce(passage);
          return false;
        },
      });
      const transport = connect(server, certificate);
      await transport.ready(30_000);
      for (const [at, length] of lines.entries()) {
        transport.write({ text: `${at} ${'x'.repeat(length)}` });
        if (at % 8 === 0) await new Promise(setImmediate);
      }
      expect(await transport.flush({ timeoutMs: 50_000 })).toMatchObject({ complete: true });
      expect(new Set(server.messages.map((text) => Number.parseInt(text, 10)))).toEqual(
        new Set(lines.keys()),
      );
      // Throws at a number that is used twice or left out.
      openSent(server, DEFAULT_SUITE);
      expect(undici).not.toHaveBeenCalled();
      await cleanUp();
    }),
    { numRuns: someOf(25) },
  );
});

function cutAfter({ client, server }: Passage, bytes: number): void {
  let passed = 0;
  for (const socket of [client, server]) {
    socket.on('data', ({ length }) => {
      passed += length;
      if (passed < bytes) return;
      client.resetAndDestroy();
      server.destroy();
    });
  }
}

/** The kernel's buffers run full, so that the client writes a part of a record. */
function stallOnce({ client, server }: Passage): void {
  server.once('data', () => {
    setImmediate(() => client.pause());
    setTimeout(() => client.resume(), 100);
  });
}

describe('the portable sender takes over', () => {
  it('when the server speaks nothing newer than TLS 1.2', async () => {
    const server = await start({ maxVersion: 'TLSv1.2' });
    await expectPortable(server, 'the server speaks TLSv1.2');
  });

  it('when the cipher is none of ours', async () => {
    const ciphers = 'TLS_AES_128_CCM_SHA256';
    const server = await start({ ciphers, minVersion: 'TLSv1.3' });
    await expectPortable(server, 'the cipher suite is 0x1304', ciphers);
  });

  it('when the runtime shows no secrets', async () => {
    const server = await start();
    await expectPortable(server, 'this runtime shows no traffic secrets', undefined, () => {
      const connect = vi.mocked(tls.connect).getMockImplementation() as () => tls.TLSSocket;
      vi.mocked(tls.connect).mockImplementation((...options: unknown[]) => {
        const socket = Reflect.apply(connect, tls, options) as tls.TLSSocket;
        const { prependListener } = socket;
        socket.prependListener = function (this: tls.TLSSocket, name: string, listener: never) {
          return name === 'keylog' ? this : prependListener.call(this, name as 'keylog', listener);
        } as typeof socket.prependListener;
        return socket;
      });
    });
  });

  it('when Node refuses the settings of TLS in this process', async () => {
    const server = await start();
    const refuse = (): never => {
      throw new Error('no cipher match');
    };
    await expectPortable(server, 'no cipher match', undefined, () =>
      vi.mocked(tls.connect).mockImplementationOnce(refuse),
    );
  });

  it('when it is told to', async () => {
    const server = await start();
    await expectPortable(
      server,
      'VICTORIALOGS_TLS_WRITE_THROUGH is off',
      undefined,
      () => {},
      false,
    );
  });

  async function expectPortable(
    server: TlsServer,
    reason: string,
    ciphers?: string,
    prepare: () => void = () => {},
    tlsWriteThrough = true,
  ): Promise<void> {
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const said = vi
      .spyOn(process as unknown as { _rawDebug(): void }, '_rawDebug')
      .mockReturnValue();
    const transport = connect(server, certificate, {
      ...(ciphers === undefined ? {} : { ciphers }),
      debug: true,
      tlsWriteThrough,
    });
    prepare();
    transport.write({ text: 'a' });
    expect(await transport.flush({ timeoutMs: 50_000 })).toMatchObject({ complete: true });
    expect(server.messages).toEqual(['a']);
    expect(undici).toHaveBeenCalled();
    expect(said.mock.calls.join('\n')).toContain(`${reason}: sending through undici`);
  }
});

describe('nothing is sent', () => {
  const elsewhere = makeCertificate('elsewhere');

  it.each([
    ['another name', elsewhere, 'localhost'],
    ['another address', certificate, '127.0.0.1'],
    ['a time that is over', makeCertificate('localhost', 'expired'), 'localhost'],
    ['a time that has not come', makeCertificate('localhost', 'early'), 'localhost'],
  ])('to a server with a certificate of %s', async (_, other, hostname) => {
    const server = await start({ certificate: other });
    await expectNothing(server, connect(server, other, { hostname }));
  });

  it('to a server with a certificate of an unknown authority', async () => {
    const server = await start();
    await expectNothing(server, connect(server, undefined));
  });

  it('to a server that insists on a certificate of ours', async () => {
    const server = await start({ requestCert: true });
    const transport = connect(server, certificate);
    transport.write({ text: 'a' });
    expect(await transport.flush({ timeoutMs: 1_000 })).toMatchObject({ complete: false });
    expect(server.messages).toEqual([]);
  });

  describe.each([
    ['we encrypt', {}],
    ['undici sends', { tlsWriteThrough: false }],
  ])('where %s', (_, options) => {
    it.each<[string, string, unknown, Certificate, Certificate | undefined]>([
      ['an authority', 'ca', certificate.cert.toString(), certificate, undefined],
      ['a name', 'servername', 'elsewhere', elsewhere, elsewhere],
      ['a variable', 'NODE_TLS_REJECT_UNAUTHORIZED', '0', certificate, undefined],
      // Of a resumed session, no certificate is checked.
      ['a session', 'session', undefined, certificate, undefined],
    ])('to a server that %s on Object.prototype vouches for', async (...given) => {
      const [, name, value, theirs, trusted] = given;
      const server = await start({ certificate: theirs });
      const get = vi.fn(() => value);
      const set = function set(this: object, own: unknown): void {
        Object.defineProperty(this, name, { value: own, writable: true });
      };
      Object.defineProperty(Object.prototype, name, { configurable: true, get, set });
      onClose(() => Reflect.deleteProperty(Object.prototype, name));
      const hostname = name === 'servername' ? '127.0.0.1' : 'localhost';
      await expectNothing(server, connect(server, trusted, { hostname, ...options }));
      if (name === 'session') expect(get).not.toHaveBeenCalled();
    });
  });

  async function expectNothing(server: TlsServer, transport: Transport): Promise<void> {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    transport.write({ text: 'a' });
    expect(await transport.flush({ timeoutMs: 1_000 })).toMatchObject({ complete: false });
    expect(server.messages).toEqual([]);
    expect(server.passages.length).toBeGreaterThan(0);
    for (const { text, types } of openSent(server, DEFAULT_SUITE)) {
      expect([text, types]).toEqual(['', []]);
    }
  }
});

describe('lines arrive over TLS', () => {
  it.each<[string, Partial<TlsServerOptions>]>([
    ['asks for another group (HelloRetryRequest)', { ecdhCurve: 'P-384' }],
    ['asks for a certificate and takes none', { requestCert: true, rejectUnauthorized: false }],
    [
      'sends no tickets',
      { secureOptions: process.getBuiltinModule('node:crypto').constants.SSL_OP_NO_TICKET },
    ],
    ['sends small records', { onSecure: (socket) => void socket.setMaxSendFragment(512) }],
    [
      'is met byte by byte',
      {
        takeOver: ({ client, server: other }) => {
          other.on('data', (bytes) => {
            for (const byte of bytes) client.write(Buffer.from([byte]));
          });
          client.setNoDelay().on('data', (bytes) => void other.write(bytes));
          return 'passed on';
        },
      },
    ],
    ['answers with large pages', { answer: (response) => void response.end('x'.repeat(50_000)) }],
  ])('from a server that %s', async (_, options) => {
    const server = await start(options);
    await expectAllOnce(server, connect(server, certificate));
  });

  it('once each when the server ends the connection with its answer', async () => {
    const server = await start({
      answer: (response) => void response.setHeader('Connection', 'close').end(),
    });
    const transport = connect(server, certificate);
    await expectAllOnce(server, transport);
    expect(transport.stats.resent).toBe(0);
  });

  it('from a server that answers 413 in the middle of the first requests', async () => {
    let answered = 0;
    const server = await start({
      meet: (request, response) => {
        let parts = 0;
        request.on('data', () => {
          parts++;
          if (parts !== 2 || answered > 1) return;
          answered++;
          response.writeHead(413, { Connection: 'close' }).end();
        });
      },
    });
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const transport = connect(server, certificate);
    await transport.ready(30_000);
    for (let at = 0; at < 300; at++) transport.write({ text: `line ${at}` });
    await vi.waitFor(() => expect(new Set(server.messages).size).toBe(300));
    expect(answered).toBeGreaterThan(0);
    expect(undici).not.toHaveBeenCalled();
    openSent(server, DEFAULT_SUITE);
  });

  async function expectAllOnce(server: TlsServer, transport: Transport): Promise<void> {
    await transport.ready(30_000);
    const texts = Array.from({ length: 300 }, (_, at) => `line ${at}`);
    for (const [at, text] of texts.entries()) {
      transport.write({ text });
      if (at % 50 === 49) await transport.flush({ timeoutMs: 5_000 });
    }
    expect(await transport.flush({ timeoutMs: 50_000 })).toMatchObject({ complete: true });
    expect(server.messages).toEqual(texts);
    expect(undici).not.toHaveBeenCalled();
    openSent(server, DEFAULT_SUITE);
  }
});

const ENCRYPTED = Buffer.concat([Buffer.from([23, 3, 3, 0x40, 0]), Buffer.alloc(0x4000, 1)]);
const MALICIOUS: ReadonlyArray<[string, (client: net.Socket) => void]> = [
  ['speaks no TLS', (client) => void client.write('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ['sends noise', (client) => void client.write(Buffer.alloc(5_000, 0xa5))],
  [
    'sends a record that is too long',
    (client) => void client.write(Buffer.from([23, 3, 3, 255, 255])),
  ],
  ['sends half a record', (client) => void client.write(ENCRYPTED.subarray(0, 100))],
  ['sends an alert', (client) => void client.write(Buffer.from([21, 3, 3, 0, 2, 2, 40]))],
  ['closes at once', (client) => void client.end()],
  ['sends encrypted records without an end', (client) => flood(client, ENCRYPTED)],
  [
    'sends a message without an end',
    (client) =>
      flood(
        client,
        Buffer.concat([
          Buffer.from([22, 3, 3, 0x40, 0, 2, 0xff, 0xff, 0xff]),
          Buffer.alloc(0x4000 - 4),
        ]),
      ),
  ],
  [
    'changes its cipher without an end',
    (client) => flood(client, Buffer.from([20, 3, 3, 0, 1, 1])),
  ],
];

function flood(client: net.Socket, bytes: Buffer): void {
  client.on('data', () => {
    while (!client.destroyed && client.write(bytes));
  });
  client.on('drain', () => {
    while (!client.destroyed && client.write(bytes));
  });
}

it.each(MALICIOUS)(
  'a server that %s at first does no harm, and gets all lines later',
  async (_, act) => {
    let taken = 0;
    const server = await start({
      takeOver: ({ number, client }) => {
        if (number >= 2) return false;
        client.on('data', ({ length }) => {
          taken += length;
        });
        act(client);
        return true;
      },
    });
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const transport = connect(server, certificate, { exitTimeoutMs: 1_000 });
    transport.write({ text: 'a' });
    const { arrayBuffers } = process.memoryUsage();
    expect(await transport.flush({ timeoutMs: 50_000 })).toMatchObject({ complete: true });
    expect(process.memoryUsage().arrayBuffers - arrayBuffers).toBeLessThan(50_000_000);
    expect(server.messages).toEqual(['a']);
    // What the others sent has not changed how lines are sent.
    expect(undici).not.toHaveBeenCalled();
    expect(taken).toBeLessThan(10_000);
  },
);

it.each([
  ['in its head', () => 2],
  ['before its suite', () => 40],
  // The rest looks like another ServerHello: `00 2b 00 02 03 04` says TLS 1.3.
  ['where a two follows', (hello: Buffer) => hello.indexOf('002b00020304', 0, 'hex') + 3],
])('a ServerHello that is cut into records %s changes nothing', async (_, cutOf) => {
  const server = await start({
    minVersion: 'TLSv1.3',
    takeOver: ({ client, server: upstream }) => {
      client.pipe(upstream);
      upstream.once('data', (bytes) => {
        const end = 5 + bytes.readUInt16BE(3);
        const hello = bytes.subarray(5, end);
        const cut = cutOf(hello);
        for (const part of [hello.subarray(0, cut), hello.subarray(cut)]) {
          client.write(Buffer.from([22, 3, 3, part.length >> 8, part.length & 255]));
          client.write(part);
        }
        client.write(bytes.subarray(end));
        upstream.pipe(client);
      });
      return 'passed on';
    },
  });
  const transport = connect(server, certificate);
  transport.write({ text: 'a' });
  expect(await transport.flush({ timeoutMs: 50_000 })).toMatchObject({ complete: true });
  expect(server.messages).toEqual(['a']);
  expect(undici).not.toHaveBeenCalled();
});

/** From Node 24 on. */
interface NewerTls {
  getCACertificates(kind: 'default'): readonly string[];
  setDefaultCACertificates(certificates: readonly string[]): void;
}

it('a connection whose key has encrypted many records gives way to another one, and no line is lost', async () => {
  const server = await start();
  const transport = connect(server, certificate);
  await transport.ready(30_000);
  // As if half of a key's records were five.
  const direction: Encrypter = Object.getPrototypeOf(Encrypter.prototype);
  const { get } = Object.getOwnPropertyDescriptor(direction, 'records') ?? {};
  vi.spyOn(direction, 'records', 'get').mockImplementation(function (this: Encrypter) {
    return get?.call(this) < 5 ? 0 : MAX_RECORDS / 2 + 1;
  });
  for (let at = 0; at < 20; at++) {
    transport.write({ text: `${at}` });
    expect(await transport.flush({ timeoutMs: 50_000 })).toMatchObject({ complete: true });
  }
  expect(server.messages).toEqual(Array.from({ length: 20 }, (_, at) => `${at}`));
  expect(server.passages.length).toBeGreaterThan(5);
  expect(transport.stats.resent).toBe(0);
  // The end of a connection that was ours says nothing about the server: tickets are read before lines go.
  const texts = openSent(server, DEFAULT_SUITE).map(({ text }) => text);
  const begun = texts.filter((text) => text !== '');
  expect(begun.filter((text) => !/^POST [^{]*?\r\n\r\n0\r\n\r\n/.test(text))).toEqual([]);
});

it('authorities that the application names later are asked after a failure', async () => {
  const { getCACertificates, setDefaultCACertificates } = tls as unknown as NewerTls;
  const server = await start();
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const transport = connect(server, undefined);
  transport.write({ text: 'a' });
  expect(await transport.flush({ timeoutMs: 300 })).toMatchObject({ complete: false });
  const before = getCACertificates('default');
  setDefaultCACertificates([certificate.cert.toString()]);
  onClose(() => setDefaultCACertificates(before));
  expect(await transport.flush({ timeoutMs: 10_000 })).toMatchObject({ complete: true });
  expect(server.messages).toEqual(['a']);
});
