/** Every way to name a server, and platforms without descriptors, against real sockets. */
import { randomUUID } from 'node:crypto';
import dns from 'node:dns';
import { once } from 'node:events';
import net from 'node:net';
import os from 'node:os';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { sayMissing } from '../../../../../test-e2e/environment/missing.ts';
import { connectedSocket, justFound } from '../../../src/senders/write-through/socket.ts';
import { createTransport, type Transport } from '../../../src/transport.ts';
import { startTakingServer, type TakingServer } from '../../taking-server.ts';
import { ENDPOINT, LIMITS, send, startServer } from '../exit-thread/thread-server.ts';

/** Another one for each test: whoever asks for a name that is being looked up gets what the first one gets. */
let ownName: string;
const LONG = { timeoutMs: 30_000 };
const hasIPv6 = Object.values(os.networkInterfaces())
  .flat()
  .some((at) => at?.address === '::1');
if (!hasIPv6)
  sayMissing('Addresses of IPv6 are not tested', 'Give the loopback interface the address ::1.');
const withIPv6 = (title: string) => (hasIPv6 ? title : `${title} (skipped: no IPv6 here)`);

const cleanups: Array<() => unknown> = [];
beforeEach(() => {
  ownName = `${randomUUID()}.test`;
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function listen(address: string, port?: number): Promise<TakingServer> {
  const server = await startTakingServer({ address, port });
  cleanups.push(server.stop);
  return server;
}

function transportTo(url: string): Transport {
  const transport = createTransport({ url });
  cleanups.push(() => transport.close({ timeoutMs: 0 }));
  return transport;
}

/** What the name stands for from now on. */
function named(...addresses: readonly string[]): void {
  const found = addresses.map((address) => ({ address, family: net.isIP(address) }));
  vi.spyOn(dns, 'lookup').mockImplementation(((name: string, ...rest: unknown[]) => {
    expect(name).toBe(ownName);
    const options = rest[0] as { all?: boolean };
    const callback = rest.at(-1) as (...args: unknown[]) => void;
    const [first] = found as [{ address: string; family: number }];
    setImmediate(() => {
      if (options.all) callback(null, found);
      else callback(null, first.address, first.family);
    });
  }) as typeof dns.lookup);
}

describe('a server is reached', () => {
  it.skipIf(!hasIPv6)(withIPv6('by its IPv6 address'), async () => {
    const server = await listen('::1');
    const transport = transportTo(`http://[::1]:${server.port}`);
    transport.write({ text: 'at once' });
    expect(transport.flushSync({ timeoutMs: 0 })).toMatchObject({ pending: 1 });
    expect(await transport.flush(LONG)).toMatchObject({ complete: true });
    expect(server.messages).toEqual(['at once']);
    expect([...server.hosts]).toEqual([`[::1]:${server.port}`]);
  });

  it('below a path', async () => {
    const server = await listen('127.0.0.1');
    const transport = transportTo(`http://127.0.0.1:${server.port}/logs/of/us/`);
    transport.write({ text: 'below' });
    expect(await transport.flush(LONG)).toMatchObject({ complete: true });
    expect(server.messages).toEqual(['below']);
    expect([...server.paths]).toEqual(['/logs/of/us/insert/jsonline']);
  });

  it('by a name with several addresses, of which the first refuses', async () => {
    const server = await listen('127.0.0.1');
    named('::1', '127.0.0.1');
    const transport = transportTo(`http://${ownName}:${server.port}`);
    transport.write({ text: 'second address' });
    expect(await transport.flush(LONG)).toMatchObject({ complete: true });
    expect(server.messages).toEqual(['second address']);
    expect([...server.hosts]).toEqual([`${ownName}:${server.port}`]);
  });

  it.skipIf(!hasIPv6)(withIPv6('by a name that stands for another address later'), async () => {
    const first = await listen('127.0.0.1');
    const second = await listen('::1', first.port);
    named('127.0.0.1');
    const transport = transportTo(`http://${ownName}:${first.port}`);
    transport.write({ text: 'here' });
    expect(await transport.flush(LONG)).toMatchObject({ complete: true });
    named('::1');
    await first.stop();
    transport.write({ text: 'there' });
    await vi.waitFor(() => expect(second.messages).toEqual(['there']), LONG.timeoutMs);
    expect(first.messages).toEqual(['here']);
  });
});

describe('a platform that shows no descriptors of sockets', () => {
  it('is served by undici, with every line in order', async () => {
    const server = await listen('127.0.0.1');
    hideDescriptors();
    const transport = transportTo(`http://127.0.0.1:${server.port}`);
    const texts = Array.from({ length: 100 }, (_, at) => `line ${at}`);
    for (const text of texts.slice(0, 50)) transport.write({ text });
    expect(await transport.flush(LONG)).toMatchObject({ complete: true });
    for (const text of texts.slice(50)) transport.write({ text });
    expect(await transport.flush(LONG)).toMatchObject({ complete: true });
    expect(server.messages).toEqual(texts);
    expect(transport.stats).toMatchObject({ delivered: 100, dropped: {} });
  });
});

function hideDescriptors(): void {
  const { Socket } = net;
  net.Socket = class extends Socket {
    declare handle: object | null;
    get _handle(): object | null {
      return this.handle;
    }
    set _handle(handle) {
      if (handle !== null) Object.defineProperty(handle, 'fd', { value: undefined });
      this.handle = handle;
    }
  };
  onTestFinished(() => {
    net.Socket = Socket;
  });
}

it('a name is looked up once at a time by both senders', async () => {
  const lookups: Array<(error: Error) => void> = [];
  vi.spyOn(dns, 'lookup').mockImplementation(((...args: unknown[]) => {
    lookups.push(args.at(-1) as (error: Error) => void);
  }) as typeof dns.lookup);
  const transport = createTransport({ url: `https://${ownName}`, tlsWriteThrough: false });
  cleanups.push(() => transport.close({ timeoutMs: 0 }));
  transport.write({ text: 'through undici' });
  await vi.waitFor(() => expect(lookups).toHaveLength(1), LONG.timeoutMs);
  transportTo(`http://${ownName}`).write({ text: 'at once' });
  expect(lookups).toHaveLength(1);
  lookups[0]?.(new Error('no answer'));
});

// It is used for a second, and a busy machine may take longer.
it('what a lookup found is used by connections that begin soon, and by the thread of an exit', {
  retry: 5,
}, async () => {
  const { port, lines } = await startServer(-1, '');
  const server = await listen('127.0.0.1');
  named('127.0.0.1');
  const found = async () => {
    await once(connectedSocket({ host: ownName, port: server.port }), 'connect');
  };
  await found();
  await found();
  expect(dns.lookup).toHaveBeenCalledTimes(1);
  // The thread has a `dns.lookup` of its own, which does not know the name.
  const { counts } = send({ ...ENDPOINT, hostname: ownName, port }, 10, LIMITS);
  expect(counts).toEqual([10, 0, 0]);
  expect(lines[0]).toBe(10);
});

it('what a lookup found is used by nobody else after a connection that could not be made', async () => {
  const server = await listen('127.0.0.1');
  named('::1');
  const refused = connectedSocket({ host: ownName, port: server.port });
  refused.on('error', () => {});
  await new Promise((resolve) => refused.once('close', resolve));
  expect(justFound(ownName)).toBeUndefined();
  named('127.0.0.1');
  await once(connectedSocket({ host: ownName, port: server.port }), 'connect');
  expect(justFound(ownName)).toEqual([{ address: '127.0.0.1', family: 4 }]);
});

it.each([
  ['an old one, which knows nothing of `all`', '127.0.0.1'],
  ['one that finds nothing', []],
  ['one that finds texts', ['127.0.0.1']],
])('the answer of %s is used by nobody else', async (_, answer) => {
  const answered = vi.fn();
  vi.spyOn(dns, 'lookup').mockImplementation(((...args: unknown[]) => {
    setImmediate(() => {
      (args.at(-1) as (...found: unknown[]) => void)(null, answer, 4);
      answered();
    });
  }) as typeof dns.lookup);
  connectedSocket({ host: ownName, port: 1 }).on('error', () => {});
  await vi.waitFor(() => expect(answered).toHaveBeenCalled(), LONG.timeoutMs);
  expect(justFound(ownName)).toBeUndefined();
});

it('what a lookup found stays, whatever the program does with its own list', async () => {
  const server = await listen('127.0.0.1');
  const found = [{ address: '127.0.0.1', family: 4 }];
  vi.spyOn(dns, 'lookup').mockImplementation(((...args: unknown[]) => {
    setImmediate(args.at(-1) as (error: null, all: unknown) => void, null, found);
  }) as typeof dns.lookup);
  await once(connectedSocket({ host: ownName, port: server.port }), 'connect');
  found.pop();
  expect(justFound(ownName)).toEqual([{ address: '127.0.0.1', family: 4 }]);
});

it('a process that is exiting begins no lookup, unless it goes on', async () => {
  named('127.0.0.1');
  Reflect.set(process, '_exiting', true);
  try {
    connectedSocket({ host: ownName, port: 1 }).on('error', () => {});
  } finally {
    Reflect.set(process, '_exiting', false);
  }
  expect(dns.lookup).not.toHaveBeenCalled();
  await vi.waitFor(() => expect(dns.lookup).toHaveBeenCalledTimes(1), LONG.timeoutMs);
});
