/** Servers, networks and programs that make it hard, against real sockets. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it, vi } from 'vitest';
import { createTransport, type Transport } from '../../../src/transport.ts';
import { startTakingServer } from '../../taking-server.ts';

const CORE = new URL('../../../dist/index.js', import.meta.url).href;
const HEAD = 'HTTP/1.1 200 OK\r\n';
const LONG = { timeoutMs: 30_000 };
const HUNG_AFTER_MS = 90_000;

const cleanups: Array<() => unknown> = [];
afterAll(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Calls back for each connection. */
async function listen(onConnection: (socket: net.Socket) => void): Promise<string> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
}

function transportTo(url: string): Transport {
  const transport = createTransport({ url });
  cleanups.push(() => transport.close({ timeoutMs: 0 }));
  return transport;
}

/** Runs a program that may end in its own time; how it ended. */
async function run(program: string): Promise<{ code: number | null; stdout: string }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), HUNG_AFTER_MS);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  return { code, stdout };
}

it.concurrent('lets a program end by itself whose server has several addresses, of which the first refuses', async () => {
  const server = await startTakingServer();
  cleanups.push(server.stop);
  const { code, stdout } = await run(`
    import dns from 'node:dns';
    import { createTransport } from '${CORE}';
    const addresses = ['127.0.0.2', '127.0.0.1'].map((address) => ({ address, family: 4 }));
    dns.lookup = (name, options, found) => setImmediate(found, null, addresses);
    const transport = createTransport({ url: 'http://victorialogs.test:${server.port}' });
    transport.write({ text: 'a' });
    const { complete } = await transport.flush({ timeoutMs: 10_000 });
    console.log(complete);`);
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'true\n' });
  expect(server.messages).toEqual(['a']);
});

it.concurrent('waits for a name server that takes longer than a connection may', async () => {
  const server = await startTakingServer();
  cleanups.push(server.stop);
  const { code, stdout } = await run(`
    import dns from 'node:dns';
    import { createTransport } from '${CORE}';
    const addresses = [{ address: '127.0.0.1', family: 4 }];
    dns.lookup = (name, options, found) => setTimeout(found, 2_500, null, addresses);
    const transport = createTransport({ url: 'http://victorialogs.test:${server.port}' });
    transport.write({ text: 'a' });
    const { complete } = await transport.flush({ timeoutMs: 20_000 });
    console.log(complete);`);
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'true\n' });
  expect(server.messages).toEqual(['a']);
});

it.concurrent('raises no SIGPIPE in a program that listens to it, when the server ends in the middle of a burst', async () => {
  const server = await listen((socket) => {
    socket.on('data', (bytes) => {
      if (bytes.includes('burst')) socket.destroy();
      else socket.write(`${HEAD}Content-Length: 0\r\n\r\n`);
    });
  });
  const { code, stdout } = await run(`
    import { createTransport } from '${CORE}';
    process.on('SIGPIPE', () => { console.log('SIGPIPE'); process.exit(1); });
    const transport = createTransport({ url: '${server}' });
    const blocked = new Int32Array(new SharedArrayBuffer(4));
    await transport.ready(30_000);
    for (let burst = 0; burst < 20; burst++) {
      for (let line = 0; line < 20; line++) {
        transport.write({ text: 'burst' });
        Atomics.wait(blocked, 0, 0, 2);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await transport.close({ timeoutMs: 100 });`);
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
});

it.concurrent('gets all lines past something that cuts off each connection after 9,000 bytes', async () => {
  const stored = new Set<string>();
  const url = await listen((socket) => {
    let received = '';
    socket.on('data', (bytes) => {
      received += bytes.toString();
      if (received.length > 9_000) socket.destroy();
      else if (received.endsWith('0\r\n\r\n')) {
        for (const [, line = ''] of received.matchAll(/"(line \d+)"/g)) stored.add(line);
        socket.write(`${HEAD}Content-Length: 0\r\n\r\n`);
      }
    });
  });
  const transport = transportTo(url);
  const lines = Array.from({ length: 300 }, (_, at) => `line ${at}`);
  for (const text of lines) transport.write({ text });
  expect(await transport.flush(LONG)).toMatchObject({ complete: true });
  expect([...stored].sort()).toEqual(lines.sort());
}, 60_000);

it.concurrent('reads 64 KiB of an answer at most, and goes on with another connection', async () => {
  let sent = 0;
  let isFirst = true;
  const url = await listen((socket) => {
    socket.on('data', (bytes) => {
      if (!bytes.toString().endsWith('0\r\n\r\n')) return;
      if (!isFirst || bytes.toString().endsWith('\r\n\r\n0\r\n\r\n')) {
        socket.write(`${HEAD}Content-Length: 0\r\n\r\n`);
        return;
      }
      isFirst = false;
      socket.write(`${HEAD}Content-Length: 2000000000\r\n\r\n`);
      const more = (): void => {
        while (!socket.destroyed && socket.write('x'.repeat(65_536))) sent += 65_536;
        sent += 65_536;
        socket.once('drain', more);
      };
      more();
    });
  });
  const transport = transportTo(url);
  await transport.ready(30_000);
  transport.write({ text: 'a' });
  expect(await transport.flush(LONG)).toMatchObject({ complete: true });
  transport.write({ text: 'b' });
  expect(await transport.flush(LONG)).toMatchObject({ complete: true });
  expect(isFirst).toBe(false);
  // What the kernels of both sides hold comes on top.
  expect(sent).toBeLessThan(50_000_000);
});

it.concurrent.each(['0', 'Thu, 01 Jan 2026 00:00:00 GMT'])(
  'does not hammer a server that answers 503 with Retry-After: %s',
  async (retryAfter) => {
    let requests = 0;
    const url = await listen((socket) => {
      socket.on('data', (bytes) => {
        for (const _ of bytes.toString().matchAll(/POST /g)) {
          requests++;
          socket.write(
            `HTTP/1.1 503 No\r\nRetry-After: ${retryAfter}\r\nContent-Length: 0\r\n\r\n`,
          );
        }
      });
    });
    const transport = transportTo(url);
    transport.write({ text: 'a' });
    await sleep(2_000);
    expect(requests).toBeLessThan(20);
    expect(transport.stats).toMatchObject({ queued: 1, dropped: {} });
  },
);

it.concurrent('gets a backlog through a slow link, each line acknowledged soon', async () => {
  const server = await startTakingServer();
  cleanups.push(server.stop);
  const BYTES_PER_MS = 160;
  const url = await listen((socket) => {
    const onward = net.connect(server.port, '127.0.0.1');
    onward.on('error', () => {});
    onward.pipe(socket);
    socket.on('close', () => onward.destroy());
    let before = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      const due = Math.ceil((now - before) * BYTES_PER_MS);
      before = now;
      const bytes = socket.read(Math.min(due, socket.readableLength)) ?? socket.read();
      if (bytes !== null) onward.write(bytes);
    }, 25);
    socket.on('readable', () => {});
    cleanups.push(() => clearInterval(timer));
  });
  const transport = transportTo(url);
  await transport.ready(30_000);
  const lines = 4_000;
  for (let line = 0; line < lines; line++) transport.write({ text: `${line} ${'x'.repeat(400)}` });
  await vi.waitFor(() => expect(transport.stats.delivered).toBe(lines));
  expect(new Set(server.messages).size).toBe(lines);
  expect(transport.stats.resent).toBeLessThan(lines);
});
