/** A token or a password in a file that is replaced while lines are sent, against a server that asks for the newest. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { namedServer } from '../src/options.ts';
import { createTransport } from '../src/transport.ts';

let folder: string;
let file: string;
let server: Server;
let right = '';
let messages: string[];
let refused: number;
let connections: number;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'credentials-'));
  file = join(folder, 'secret');
  [messages, refused, connections] = [[], 0, 0];
  server = createServer(async (request, response) => {
    const lines = String(Buffer.concat(await request.toArray().catch(() => [])));
    if (request.headers.authorization !== right) {
      refused++;
      response.writeHead(401).end(`who is ${request.headers.authorization}?`);
      return;
    }
    for (const line of lines.split('\n').filter((one) => one !== '')) {
      messages.push(JSON.parse(line)._msg);
    }
    response.end();
  });
  server.on('connection', () => connections++);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
  vi.restoreAllMocks();
});

const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

it.each([
  ['a token', 'bearerTokenFile', (secret: string) => `Bearer ${secret}`],
  ['a password', 'passwordFile', (secret: string) => `Basic ${btoa(`me:${secret}`)}`],
])(
  '%s is read again when the server refuses it, and no line is lost',
  async (_, option, header) => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    writeFileSync(file, 'first-secret\n');
    right = header('first-secret');
    const transport = createTransport({ url: url(), username: 'me', [option]: file });
    transport.write({ text: 'before' });
    await transport.flush({ timeoutMs: 10_000 });
    writeFileSync(file, 'second-secret-1\n');
    right = header('second-secret-1');
    transport.write({ text: 'after' });
    expect(await transport.flush({ timeoutMs: 50_000 })).toMatchObject({ complete: true });
    await transport.close();
    expect(messages).toEqual(['before', 'after']);
    expect(refused).toBeGreaterThan(0);
    expect(warned.mock.calls).toEqual([]);
  },
);

it('an exit sends with the newest credential, and waits for no event loop', async () => {
  const program = `
    import { writeFileSync } from 'node:fs';
    import { createTransport } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)};
    const transport = createTransport({ url: ${JSON.stringify(url())}, bearerTokenFile: ${JSON.stringify(file)} });
    transport.write({ text: 'before' });
    await transport.flush({ timeoutMs: 10_000 });
    writeFileSync(${JSON.stringify(file)}, 'second-secret-1');
    process.send('rotated');
    process.on('message', () => {
      transport.write({ text: 'at the exit' });
      process.exit();
    });`;
  writeFileSync(file, 'first-secret');
  right = 'Bearer first-secret';
  const { fork } = await import('node:child_process');
  writeFileSync(join(folder, 'program.mjs'), program);
  const child = fork(join(folder, 'program.mjs'), {
    execArgv: [],
    env: { VICTORIALOGS_EXIT_TIMEOUT_MS: '20000' },
  });
  await once(child, 'message');
  right = 'Bearer second-secret-1';
  child.send('exit');
  await once(child, 'exit');
  expect(messages).toEqual(['before', 'at the exit']);
});

it('a thread that never returns to its event loop sends with the newest credential', async () => {
  const program = `
    import { existsSync } from 'node:fs';
    import { createTransport, rest } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)};
    const transport = createTransport({ url: ${JSON.stringify(url())}, bearerTokenFile: ${JSON.stringify(file)} });
    const lock = new Int32Array(new SharedArrayBuffer(4));
    for (let line = 0; existsSync(${JSON.stringify(file)}); line++) {
      transport.write({ text: 'line ' + line });
      rest();
      Atomics.wait(lock, 0, 0, 20);
    }`;
  writeFileSync(file, 'first-secret');
  right = 'Bearer first-secret';
  const { spawn } = await import('node:child_process');
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { env: {} });
  await vi.waitFor(() => expect(messages.length).toBeGreaterThan(5), 20_000);
  writeFileSync(file, 'second-secret-1');
  right = 'Bearer second-secret-1';
  await vi.waitFor(() => expect(refused).toBeGreaterThan(0), 20_000);
  const { length } = messages;
  await vi.waitFor(() => expect(messages.length).toBeGreaterThan(length + 5), 20_000);
  rmSync(file);
  await once(child, 'exit');
  // Requests on two connections may be read in any order.
  expect(new Set(messages)).toEqual(new Set(messages.map((_, line) => `line ${line}`)));
});

it.each([
  ['that is missing', undefined],
  ['that is empty', '\n'],
])(
  'without the credential of a file %s nothing is sent until it can be read',
  async (_, content) => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    if (content !== undefined) writeFileSync(file, content);
    right = 'Bearer late-secret-1';
    const transport = createTransport({ url: url(), bearerTokenFile: file });
    transport.write({ text: 'a line' });
    expect(await transport.flush({ timeoutMs: 50 })).toEqual({ complete: false, pending: 1 });
    expect(transport.flushSync({ timeoutMs: 1_000 })).toEqual({ complete: false, pending: 1 });
    expect(transport.stats.lastFailure).toContain('cannot be used');
    expect(connections).toBe(0);
    writeFileSync(file, 'late-secret-1');
    await vi.waitFor(() => expect(messages).toEqual(['a line']), 30_000);
    await transport.close();
    expect(refused).toBe(0);
    expect(warned.mock.calls.join()).not.toContain('late-secret-1');
  },
);

it.each([
  ['by itself', '', [0, null]],
  ['by a signal', "; process.kill(process.pid, 'SIGTERM')", [null, 'SIGTERM']],
])(
  'lines that end with the process, for want of a credential, are reported with the reason: %s',
  async (_, end, how) => {
    const program = `
    import { createTransport } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)};
    createTransport({ url: ${JSON.stringify(url())}, bearerTokenFile: ${JSON.stringify(file)} }).write({ text: 'a' })${end};`;
    const { spawn } = await import('node:child_process');
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { env: {} });
    const said = child.stderr.toArray();
    expect(await once(child, 'exit')).toEqual(how);
    const why = 'the file of the credential cannot be used: ENOENT';
    expect(String(await said)).toContain(`_TOKEN_FILE: ${why}; lines wait until it can`);
    expect(String(await said)).toContain(`1 log records were not delivered to ${url()}`);
    expect(String(await said)).toContain(`(${why})`);
    expect(connections).toBe(0);
  },
);

it('a query is refused while there is no credential', () => {
  const env = { VICTORIALOGS_URL: url(), VICTORIALOGS_PASSWORD_FILE: file };
  expect(() => namedServer(env)).toThrow(
    new TypeError('VICTORIALOGS_PASSWORD_FILE: the file of the credential cannot be used: ENOENT'),
  );
});
