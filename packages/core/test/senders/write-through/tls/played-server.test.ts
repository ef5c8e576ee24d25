/** A server with a valid certificate that does anything after the handshake: no harm is done, and no line is lost. */
import type fs from 'node:fs';
import type net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Transport } from '../../../../src/index.ts';
import {
  type Played,
  type PlayedServer,
  type PlayedServerOptions,
  startPlayedServer,
} from './played-server.ts';
import { setUpTls } from './set-up.ts';

/** How many bytes the kernel takes of so many: 0 for none at the moment, less for a connection that is gone. */
const kernel = vi.hoisted(() => ({ takes: undefined as ((bytes: number) => number) | undefined }));
vi.mock('node:fs', async (importOriginal) => {
  const real = await importOriginal<typeof fs>();
  const writeSync = (descriptor: number, bytes: Buffer, start: number, length: number): number => {
    if (kernel.takes === undefined) return real.writeSync(descriptor, bytes, start, length);
    const most = kernel.takes(length);
    if (most < 0) throw Object.assign(new Error('the connection is gone'), { code: 'EPIPE' });
    if (most === 0 && length > 0) throw Object.assign(new Error('not now'), { code: 'EAGAIN' });
    return real.writeSync(descriptor, bytes, start, Math.min(most, length));
  };
  return { ...real, default: { ...real, writeSync } };
});

const SUITES = [
  ['TLS_AES_128_GCM_SHA256', 0x1301],
  ['TLS_AES_256_GCM_SHA384', 0x1302],
  ['TLS_CHACHA20_POLY1305_SHA256', 0x1303],
] as const;
const [, [ciphers, suite]] = SUITES;

const { certificate, cleanUp, connect: connectTo, onClose, undici } = setUpTls();
beforeEach(() => {
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
});
afterEach(() => {
  kernel.takes = undefined;
});

function start(options: Partial<PlayedServerOptions> = {}): Promise<PlayedServer> {
  return startPlayedServer({ certificate, ciphers, suite, onClose, ...options });
}

function connect({ port }: PlayedServer): Transport {
  return connectTo({ port }, certificate);
}

/** Bursts and single lines; all of them arrive, under numbers that follow each other. */
async function expectAll(server: PlayedServer, transport: Transport, lines: readonly number[]) {
  await transport.ready(30_000);
  for (const [at, length] of lines.entries()) {
    transport.write({ text: `${at} ${'x'.repeat(length)}` });
    if (at % 5 === 0) await new Promise(setImmediate);
    if (at % 20 === 0) await transport.flush({ timeoutMs: 1_000 });
  }
  expect(server.faults).toEqual([]);
  await vi.waitFor(() => expect(transport.stats.delivered).toBe(lines.length));
  expect(server.faults).toEqual([]);
  const arrived = server.messages.map((text) => Number.parseInt(text, 10));
  expect(new Set(arrived)).toEqual(new Set(lines.keys()));
  expect(undici).not.toHaveBeenCalled();
}

const SOME = Array.from({ length: 60 }, (_, at) => at * 20);

describe.each(SUITES)('over %s', (ciphers, suite) => {
  it('keys change on both sides, in the middle of anything, on the same connections', async () => {
    let records = 0;
    const server = await start({
      ciphers,
      suite,
      onRecord: ({ client, encrypter }) => {
        if (records++ % 3 === 0) client.write(encrypter.changeKeys(records % 2 === 0 ? 1 : 0));
        return false;
      },
    });
    const transport = connect(server);
    await expectAll(server, transport, SOME);
    expect(server.keyUpdates).toBeGreaterThan(1);
    expect(transport.stats).toMatchObject({ resent: 0 });
    expect(server.messages).toHaveLength(SOME.length);
  });
});

it('no number is used twice under a key, whatever the kernel takes, whatever is given up, and whenever keys change', async () => {
  const course = fc.record({
    which: fc.nat(SUITES.length - 1),
    lines: fc.array(fc.oneof(fc.nat(200), fc.nat(40_000)), { minLength: 10, maxLength: 30 }),
    takes: fc.array(
      fc.oneof(
        { weight: 4, arbitrary: fc.constant(1 << 20) },
        { weight: 4, arbitrary: fc.integer({ min: 1, max: 100 }) },
        { weight: 4, arbitrary: fc.integer({ min: 1, max: 20_000 }) },
        { weight: 3, arbitrary: fc.constant(0) },
      ),
      { maxLength: 20 },
    ),
    /** Writes after which a connection is gone. */
    gone: fc.array(fc.integer({ min: 6, max: 100 }), { maxLength: 3 }),
    changes: fc.array(fc.constantFrom(undefined, undefined, 0 as const, 1 as const)),
  });
  const seen = { partial: 0, refused: 0, gone: 0, keyUpdates: 0 };
  await fc.assert(
    fc.asyncProperty(course, async (given) => {
      const { which, lines } = given;
      // Everything happens in each course, and no write waits for ever.
      const takes = [...given.takes, 0, 10, 1 << 20];
      const gone = [5, ...given.gone];
      const changes = [...given.changes, 1 as const];
      const [ciphers, suite] = SUITES[which] as (typeof SUITES)[number];
      let records = 0;
      const server = await start({
        ciphers,
        suite,
        onRecord: ({ client, encrypter }) => {
          const change = changes[records++ % changes.length];
          if (change !== undefined) client.write(encrypter.changeKeys(change));
          return false;
        },
      });
      let writes = 0;
      kernel.takes = (bytes) => {
        if (gone.includes(writes++)) {
          seen.gone++;
          return -1;
        }
        const most = takes[writes % takes.length] as number;
        if (most === 0) seen.refused++;
        else if (most < bytes) seen.partial++;
        return most;
      };
      await expectAll(server, connect(server), lines);
      seen.keyUpdates += server.keyUpdates;
      kernel.takes = undefined;
      await cleanUp();
    }),
    // On a busy machine as many as there is time for.
    { numRuns: 20, interruptAfterTimeLimit: 60_000 },
  );
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(0);
});

it('answers are read in whatever pieces they come', async () => {
  const server = await start({
    deliver: ({ client, encrypter }, answer) => {
      const parts = [
        encrypter.encrypt(22, TICKET),
        ...Array.from(answer, (byte) => encrypter.encrypt(23, Buffer.from([byte]), byte)),
      ];
      const bytes = Buffer.concat(parts);
      client.setNoDelay();
      for (let at = 0; at < bytes.length; at++) client.write(bytes.subarray(at, at + 1));
    },
  });
  await expectAll(server, connect(server), SOME);
});

const TICKET = Buffer.concat([Buffer.from([4, 0, 0, 100]), Buffer.alloc(100)]);
const OTHERS = [0, 1, 2, 8, 11, 13, 14, 15, 20, 254, 255];
const ALERTS = [0, 10, 20, 22, 40, 42, 48, 50, 80, 86, 90, 100, 109, 112, 116, 120, 255];

const ACTS: ReadonlyArray<[string, (played: Played) => void]> = [
  [
    'answers before it was asked anything',
    ({ client, encrypter }) =>
      void client.write(
        encrypter.encrypt(23, 'HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n'.repeat(3)),
      ),
  ],
  [
    'says what is no HTTP',
    ({ client, encrypter }) => {
      for (let record = 0; record < 5; record++)
        client.write(encrypter.encrypt(23, 'no'.repeat(8_000)));
    },
  ],
  [
    'sends tickets without an end',
    (played) => flood(played, () => played.encrypter.encrypt(22, TICKET)),
  ],
  [
    'changes its keys without an end',
    (played) => flood(played, () => played.encrypter.changeKeys(1)),
  ],
  [
    'sends records without content without an end',
    (played) => flood(played, () => played.encrypter.encrypt(23, '')),
  ],
  [
    'sends interim answers without an end',
    (played) => flood(played, () => played.encrypter.encrypt(23, 'HTTP/1.1 100 Continue\r\n\r\n')),
  ],
  [
    'sends a body without an end',
    (played) => {
      played.client.write(played.encrypter.encrypt(23, 'HTTP/1.1 503 No\r\n\r\n'));
      flood(played, () => played.encrypter.encrypt(23, Buffer.alloc(1_000)));
    },
  ],
  [
    'sends a head without an end',
    (played) => flood(played, () => played.encrypter.encrypt(23, Buffer.alloc(16_384, 'x'))),
  ],
  [
    'encrypts a record that is too long',
    ({ client, encrypter }) => void client.write(encrypter.encrypt(23, Buffer.alloc(2 ** 14 + 1))),
  ],
  [
    'announces a record that is too long',
    ({ client }) => void client.write(Buffer.from([23, 3, 3, 0x41, 1, ...Buffer.alloc(100)])),
  ],
  [
    'pads a record beyond its length',
    ({ client, encrypter }) => void client.write(encrypter.encrypt(23, 'a', 2 ** 14 + 200)),
  ],
  [
    'sends a record of padding alone',
    ({ client, encrypter }) => void client.write(encrypter.encrypt(0, '', 50)),
  ],
  ['sends a record of no length', ({ client }) => void client.write(Buffer.from([23, 3, 3, 0, 0]))],
  [
    'sends half a record',
    ({ client, encrypter }) =>
      void client.end(encrypter.encrypt(23, 'HTTP/1.1 200 OK').subarray(0, 20)),
  ],
  [
    'sends an answer that is not encrypted',
    ({ client }) => void client.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'),
  ],
  [
    'sends an answer as a record that is not encrypted',
    ({ client }) =>
      void client.write(
        Buffer.concat([
          Buffer.from([23, 3, 3, 0, 38]),
          Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'),
        ]),
      ),
  ],
  [
    'sends a record twice',
    ({ client, encrypter }) => {
      const record = encrypter.encrypt(22, TICKET);
      client.write(Buffer.concat([record, record]));
    },
  ],
  [
    'leaves a record out',
    ({ client, encrypter }) => {
      encrypter.encrypt(22, TICKET);
      client.write(encrypter.encrypt(22, TICKET));
    },
  ],
  [
    'goes on after close_notify',
    ({ client, encrypter }) =>
      void client.write(
        Buffer.concat([
          encrypter.encrypt(21, Buffer.from([1, 0])),
          encrypter.encrypt(23, 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'),
        ]),
      ),
  ],
  [
    'changes its cipher after the handshake',
    ({ client }) => void client.write(Buffer.from([20, 3, 3, 0, 1, 1])),
  ],
  [
    'says hello again',
    ({ client }) => void client.write(Buffer.from([22, 3, 3, 0, 4, 0, 0, 0, 0])),
  ],
  [
    'changes its keys in a way that there is not',
    ({ client, encrypter }) =>
      void client.write(encrypter.encrypt(22, Buffer.from([24, 0, 0, 1, 2]))),
  ],
  [
    'says that it changes its keys and does not',
    ({ client, encrypter }) =>
      void client.write(
        Buffer.concat([
          encrypter.encrypt(22, Buffer.from([24, 0, 0, 1, 0])),
          encrypter.encrypt(22, TICKET),
        ]),
      ),
  ],
  [
    'hides an answer in a message',
    ({ client, encrypter }) =>
      void client.write(
        Buffer.concat([
          encrypter.encrypt(22, TICKET.subarray(0, 50)),
          encrypter.encrypt(23, 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'),
        ]),
      ),
  ],
  ...ALERTS.flatMap(
    (alert): Array<[string, (played: Played) => void]> => [
      [
        `sends the alert ${alert}`,
        ({ client, encrypter }) =>
          void client.write(encrypter.encrypt(21, Buffer.from([(alert % 2) + 1, alert]))),
      ],
    ],
  ),
  [
    'sends an alert of no length',
    ({ client, encrypter }) => void client.write(encrypter.encrypt(21, '')),
  ],
  [
    'sends an alert that is not encrypted',
    ({ client }) => void client.write(Buffer.from([21, 3, 3, 0, 2, 2, 40])),
  ],
  ...OTHERS.map((type): [string, (played: Played) => void] => [
    `sends the handshake message ${type}`,
    ({ client, encrypter }) =>
      void client.write(encrypter.encrypt(22, Buffer.from([type, 0, 0, 3, 1, 0, 0]))),
  ]),
  ...[1, 20, 24, 25, 255].map((type): [string, (played: Played) => void] => [
    `sends a record of type ${type}`,
    ({ client, encrypter }) => void client.write(encrypter.encrypt(type, 'a')),
  ]),
];

/** What a connection takes of a flood before it is closed: the buffers of both kernels, which grow to some megabytes each. */
const MAX_TAKEN_BYTES = 30_000_000;

/** As much as the client takes, which runs in the same process: it has its turn in between. */
function flood({ client }: Played, next: () => Buffer): void {
  const go = (): void => {
    const some = Buffer.concat(Array.from({ length: 200 }, next));
    if (!client.destroyed) client.write(some, () => setImmediate(go));
  };
  go();
}

it.each([33, 500, 1_000])(
  '%i tickets after the handshake are taken, and lines go on',
  async (count) => {
    const tickets = new Set<number>();
    const server = await start({
      onRecord: ({ number, client, encrypter }) => {
        if (tickets.has(number)) return false;
        tickets.add(number);
        client.write(
          Buffer.concat(Array.from({ length: count }, () => encrypter.encrypt(22, TICKET))),
        );
        return false;
      },
    });
    await expectAll(server, connect(server), SOME);
    expect(server.messages).toHaveLength(SOME.length);
  },
);

it('behind a server that closes at each answer, a connection is ready once as many tickets were read as on the one before', async () => {
  const without = new Set<Played>();
  let isAnswered = false;
  const giveTicket = ({ client, encrypter }: Played): void => {
    client.write(encrypter.encrypt(22, TICKET));
  };
  const giveBoth = (played: Played): void => {
    giveTicket(played);
    giveTicket(played);
    without.delete(played);
  };
  const server = await start({
    onHandshake: (played) => {
      without.add(played);
      if (!isAnswered) giveBoth(played);
    },
    deliver: (played, answer) => {
      isAnswered = true;
      if (without.has(played)) giveBoth(played);
      const closing = answer.toString().replace(/connection: keep-alive/i, 'Connection: close');
      played.client.write(played.encrypter.encrypt(23, Buffer.from(closing)));
    },
  });
  const transport = connectTo({ port: server.port }, certificate, { exitTimeoutMs: 20_000 });
  let isReady = false;
  const ready = transport.ready(20_000).then(() => {
    isReady = true;
  });
  await vi.waitFor(() => expect(without.size).toBeGreaterThan(0));
  await sleep(200);
  for (const played of without) giveTicket(played);
  await sleep(200);
  expect(isReady).toBe(false);
  for (const played of without) giveTicket(played);
  await ready;
  transport.write({ text: 'a' });
  await vi.waitFor(() => expect(server.messages).toEqual(['a']));
});

it('a server that changes its keys at each of 1,000 records gets each line once', async () => {
  const server = await start({
    onRecord: ({ client, encrypter }) => {
      client.write(encrypter.changeKeys(1));
      return false;
    },
  });
  const transport = connect(server);
  await transport.ready(30_000);
  for (let at = 0; at < 1_000; at++) {
    transport.write({ text: `${at}` });
    if (at % 10 === 0) await new Promise(setImmediate);
  }
  await vi.waitFor(() => expect(transport.stats.delivered).toBe(1_000));
  expect(transport.stats.resent).toBe(0);
  expect(server.messages).toHaveLength(1_000);
  expect(server.faults).toEqual([]);
});

describe('a server that', () => {
  it.each(ACTS)('%s is left at once, and gets all lines over other connections', async (_, act) => {
    const left: net.Socket[] = [];
    const server = await start({
      onRecord: (played) => {
        // The first record that the first two connections bring.
        if (played.number >= 2 || left.includes(played.client)) return false;
        left.push(played.client);
        act(played);
        return true;
      },
    });
    const transport = connect(server);
    transport.write({ text: '0' });
    await vi.waitFor(() => expect(server.messages).toEqual(['0']));
    expect(server.faults).toEqual([]);
    expect(undici).not.toHaveBeenCalled();
    await vi.waitFor(() => expect(left.map(({ destroyed }) => destroyed)).not.toContain(false));
    // Most of it is in the buffers of the kernel.
    for (const { bytesWritten } of left) expect(bytesWritten).toBeLessThan(MAX_TAKEN_BYTES);
  });
});
