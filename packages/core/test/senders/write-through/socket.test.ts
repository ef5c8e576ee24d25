/** A socket to a name that has several addresses. */
import { randomUUID } from 'node:crypto';
import dns from 'node:dns';
import { once } from 'node:events';
import net from 'node:net';
import { runInNewContext } from 'node:vm';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import {
  connectedSocket,
  lookupAny,
  lookupOptions,
} from '../../../src/senders/write-through/socket.ts';

const SOCKETS = 40;

/** Another one for each test: what a lookup found is used for a moment. */
let name: string;
beforeEach(() => {
  name = `${randomUUID()}.test`;
});

/** What the name server answers. */
function found(...addresses: readonly string[]): void {
  const all = addresses.map((address) => ({ address, family: net.isIP(address) }));
  vi.spyOn(dns, 'lookup').mockImplementation(((...args: unknown[]) => {
    const told = args.at(-1) as (error: null, found: unknown) => void;
    setImmediate(() => told(null, all));
  }) as typeof dns.lookup);
}

/** The addresses that are tried first. Nobody listens there. */
async function firstTried(): Promise<string[]> {
  const tried = Array.from({ length: SOCKETS }, async () => {
    const socket = connectedSocket({ host: name, port: 1 });
    socket.on('error', () => {});
    const [address] = await once(socket, 'connectionAttempt');
    socket.destroy();
    return address as string;
  });
  return Promise.all(tried);
}

it('begins with any address of the family that comes first', async () => {
  onTestFinished(() => void vi.restoreAllMocks());
  found('127.0.0.1', '127.0.0.2', '::1');
  const addresses = await firstTried();
  expect([...new Set(addresses)].sort()).toEqual(['127.0.0.1', '127.0.0.2']);
});

it('goes on with the other addresses in any order', async () => {
  onTestFinished(() => void vi.restoreAllMocks());
  const all = ['::1', '::2', '127.0.0.1', '127.0.0.2'];
  found(...all);
  const orders = Array.from({ length: SOCKETS }, async () => {
    const [, answer] = await new Promise<unknown[]>((resolve) => {
      lookupAny(name, { all: true }, (...args) => resolve(args));
    });
    return (answer as dns.LookupAddress[]).map(({ address }) => address);
  });
  const known = await Promise.all(orders);
  for (const order of known) expect([...order].sort()).toEqual([...all].sort());
  const firstOfIPv4 = known.map((order) => order.find((address) => net.isIPv4(address)));
  expect(new Set(firstOfIPv4)).toEqual(new Set(['127.0.0.1', '127.0.0.2']));
});

/** An attempt to connect to the name that ends with this error, or without one. */
async function ended(error?: Error): Promise<void> {
  const socket = connectedSocket({ host: name, port: 1 });
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.destroy(error);
  await closed;
}

const REFUSED = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
const BOTH = Object.assign(new Error('both'), { code: 'ECONNREFUSED', errors: [] as Error[] });
const LEFT = Object.assign(new Error('left'), { code: 'ETIMEDOUT' });
BOTH.errors.push(REFUSED, LEFT);

it.each([
  ['was given up', undefined, true],
  ['was given up with an error of ours', new Error('no connection within 1000 ms'), true],
  ['left an address', LEFT, true],
  ['left an address beside others', BOTH, true],
  ['was refused', REFUSED, false],
])(
  'an attempt that %s is followed by one with more time for each address: %s',
  async (_, error, isPatient) => {
    onTestFinished(() => void vi.restoreAllMocks());
    found('::1', '127.0.0.1');
    await ended(error);
    const { autoSelectFamilyAttemptTimeout } = lookupOptions(name);
    expect(autoSelectFamilyAttemptTimeout).toBe(isPatient ? 1_000 : undefined);
    expect(new Set(await firstTried()).size).toBe(isPatient ? 2 : 1);
  },
);

it('changes back after another attempt without an answer, of two that began together after the first', async () => {
  onTestFinished(() => void vi.restoreAllMocks());
  found('127.0.0.1');
  const isPatient = () => lookupOptions(name).autoSelectFamilyAttemptTimeout !== undefined;
  await Promise.all([ended(), ended()]);
  expect(isPatient()).toBe(true);
  await ended(REFUSED);
  expect(isPatient()).toBe(true);
  await Promise.all([ended(), ended()]);
  expect(isPatient()).toBe(false);
});

it('begins with IPv6 when that comes first', async () => {
  onTestFinished(() => void vi.restoreAllMocks());
  found('::1', '127.0.0.1', '127.0.0.2');
  expect(new Set(await firstTried())).toEqual(new Set(['::1']));
});

it('shares a lookup with sockets that are made meanwhile, though it was given up', async () => {
  onTestFinished(() => void vi.restoreAllMocks());
  const lookups: Array<(error: Error) => void> = [];
  vi.spyOn(dns, 'lookup').mockImplementation(((...args: unknown[]) => {
    lookups.push(args.at(-1) as (error: Error) => void);
  }) as typeof dns.lookup);
  const to = { host: name, port: 1 };
  connectedSocket(to).destroy();
  const failed = once(connectedSocket(to), 'error');
  expect(lookups).toHaveLength(1);
  lookups[0]?.(new Error('no answer'));
  expect(await failed).toMatchObject([{ message: 'no answer' }]);
  connectedSocket(to).destroy();
  expect(lookups).toHaveLength(2);
  lookups[1]?.(new Error('no answer'));
});

it("sends each write at once, without Nagle's algorithm", async () => {
  onTestFinished(() => void vi.restoreAllMocks());
  const server = net.createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  // Node has no way to ask the kernel for it.
  const { prototype } = Reflect.get(server, '_handle').constructor;
  const set = vi.spyOn(prototype, 'setNoDelay');
  const { port } = server.address() as net.AddressInfo;
  for (const begin of ['now', 'soon'] as const) {
    const socket = connectedSocket({ host: '127.0.0.1', port }, begin);
    // An exiting process writes without another turn of the event loop.
    expect(set.mock.calls).toEqual([[true]]);
    await once(socket, 'connect');
    expect(set.mock.calls.every(([isOn]) => isOn === true)).toBe(true);
    set.mockClear();
    socket.destroy();
  }
});

it('has the methods of Node as they were at load, whatever a program puts in their place', async () => {
  onTestFinished(() => void vi.restoreAllMocks());
  const server = net.createServer((socket) => socket.end('told')).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const socket = connectedSocket({ host: '127.0.0.1', port });
  const { read } = net.Socket.prototype;
  vi.spyOn(net.Socket.prototype, 'read').mockImplementation(function (this: net.Socket, size) {
    if (this === socket) throw new Error('no reading in tests');
    return Reflect.apply(read, this, [size]) as unknown;
  });
  const told = vi.fn();
  socket.on('data', told);
  await once(socket, 'end');
  expect(String(told.mock.calls[0]?.[0])).toBe('told');
  socket.destroy();
});

it('is made in a realm of its own, as Jest gives one to each test file', async () => {
  onTestFinished(() => void vi.unstubAllGlobals());
  vi.resetModules();
  vi.stubGlobal('Object', runInNewContext('Object'));
  const made = await import('../../../src/senders/write-through/socket.ts');
  vi.unstubAllGlobals();
  const socket = made.connectedSocket({ path: '/no/such/socket' });
  expect(await once(socket, 'error')).toMatchObject([{ code: 'ENOENT' }]);
});
