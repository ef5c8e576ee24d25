/** The end of real processes: what is flushed at each kind of end, in which order, for how long, and what the program notices of it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { startTlsProxy } from '../../../../test-e2e/kill-matrix/tls-proxy.ts';

const CORE = new URL('../../dist/index.js', import.meta.url).href;

/** Runs a program with a transport, and gives how it ended. */
async function run(
  program: string,
  env: NodeJS.ProcessEnv,
): Promise<{ code: unknown; signal: unknown; ms: number; stdout: string; stderr: string }> {
  const source = `import { createTransport } from '${CORE}'; const transport = createTransport();\n${program}`;
  const start = Date.now();
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  child.stdout.on('data', (text) => {
    stdout += text;
  });
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  const [code, signal] = await once(child, 'close');
  return { code, signal, ms: Date.now() - start, stdout, stderr };
}

describe('the end of the process', () => {
  it('is delayed once in all, however much is logged while it ends and however silent the server is', async () => {
    const server = net.createServer((socket) => socket.on('data', () => {}).on('error', () => {}));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as net.AddressInfo;
    const program = `process.on('exit', () => { for (let i = 0; i < 20; i++) transport.write({ text: 'exit ' + i }); });
      transport.write({ text: 'a' });`;
    const { code, ms, stderr } = await run(program, {
      VICTORIALOGS_URL: `http://127.0.0.1:${port}`,
      VICTORIALOGS_EXIT_TIMEOUT_MS: '1000',
    });
    server.close();
    expect(code).toBe(0);
    expect(stderr).toContain('1 log records were sent but not confirmed by http://127.0.0.1');
    // 21 waits would be 21 seconds.
    expect(ms).toBeLessThan(15_000);
  });

  it('tells of lines that a thread has sent and a silent server has not confirmed', async () => {
    const server = net.createServer((socket) => socket.on('data', () => {}).on('error', () => {}));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as net.AddressInfo;
    // A name cannot be looked up in an exiting process, except by a thread.
    const { stderr } = await run("transport.write({ text: 'a' }); process.exit(0);", {
      VICTORIALOGS_URL: `http://localhost:${port}`,
      VICTORIALOGS_EXIT_TIMEOUT_MS: '5000',
    });
    server.close();
    expect(stderr).toContain('1 log records were sent but not confirmed');
    expect(stderr).not.toContain('DL_LOST_AT_EXIT');
  }, 30_000);

  it('leaves a transport its time while the server of another one is silent', async () => {
    const silent = net.createServer((socket) => socket.on('data', () => {}).on('error', () => {}));
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as net.AddressInfo;
    const server = await takingServer();
    // A name cannot be looked up in an exiting process, except by a thread.
    const program = `const other = createTransport({ url: 'http://localhost:${server.port}' });
      transport.write({ text: 'a' });
      for (const text of ['b', 'c']) other.write({ text });
      process.exit(3);`;
    const { code, stderr } = await run(program, {
      VICTORIALOGS_URL: `http://127.0.0.1:${port}`,
      VICTORIALOGS_EXIT_TIMEOUT_MS: '5000',
    });
    silent.close();
    expect(code).toBe(3);
    expect(textsIn(server.stop())).toEqual(['b', 'c']);
    expect(stderr).toContain(
      `1 log records were sent but not confirmed by http://127.0.0.1:${port}`,
    );
    expect(stderr).not.toContain(`${server.port}`);
  }, 60_000);

  it('waits once more for a server that is slow, when the others have their lines', async () => {
    const server = http.createServer(async (request, response) => {
      let body = '';
      for await (const text of request) body += text;
      response.end();
      if (body.includes('other')) slow.emit('others are done');
    });
    const slow = http.createServer(async (request, response) => {
      request.resume();
      await once(slow, 'others are done');
      response.end();
    });
    const ports: number[] = [];
    for (const one of [slow, server]) {
      one.listen(0, '127.0.0.1');
      await once(one, 'listening');
      ports.push((one.address() as net.AddressInfo).port);
    }
    const program = `const other = createTransport({ url: 'http://127.0.0.1:${ports[1]}' });
      transport.write({ text: 'a' });
      other.write({ text: 'other' });
      process.exit(3);`;
    const { code, stderr } = await run(program, {
      VICTORIALOGS_URL: `http://127.0.0.1:${ports[0]}`,
      VICTORIALOGS_EXIT_TIMEOUT_MS: '4000',
    });
    for (const one of [slow, server]) one.close();
    expect({ code, stderr }).toEqual({ code: 3, stderr: '' });
  }, 60_000);

  it('takes one thread and one connection, however often its listeners write', async () => {
    const server = await takingServer();
    const program = `process.on('exit', () => { for (let i = 0; i < 20; i++) transport.write({ text: 'exit ' + i }); });
      transport.write({ text: 'a' });
      process.exit(3);`;
    const { code, stderr } = await run(program, {
      VICTORIALOGS_URL: `http://localhost:${server.port}`,
      VICTORIALOGS_EXIT_TIMEOUT_MS: '30000',
    });
    expect({ code, stderr, connections: server.connections() }).toEqual({
      code: 3,
      stderr: '',
      connections: 1,
    });
    const taken = textsIn(server.stop());
    expect(taken).toEqual(['a', ...Array.from({ length: 20 }, (_, i) => `exit ${i}`)]);
  }, 60_000);

  it('may be that another program takes its place', async () => {
    const server = await takingServer();
    const program = `transport.write({ text: 'a' });
      process.execve(process.execPath, [process.execPath, '--eval', 'process.exit(3)']);`;
    // A name is looked up by the event loop.
    const env = { VICTORIALOGS_URL: `http://localhost:${server.port}` };
    const patient = { ...env, VICTORIALOGS_EXIT_TIMEOUT_MS: '30000' };
    expect(await run(program, patient)).toMatchObject({ code: 3, stderr: '' });
    expect(server.stop()).toContain('"_msg":"a"');
    expect((await run(program, env)).stderr).toContain('DL_LOST_AT_EXIT');
  }, 60_000);

  it('leaves the program the listeners that it has put back, and none where it has removed all', async () => {
    const program = `for (const name of ['exit', 'beforeExit']) {
        const before = process.listenerCount(name);
        for (let i = 0; i < 20; i++) {
          const saved = process.listeners(name);
          process.removeAllListeners(name);
          for (const listener of saved) process.on(name, listener);
        }
        console.log(process.listenerCount(name) - before);
        process.removeAllListeners(name);
        console.log(process.listenerCount(name));
      }`;
    const ended = await run(program, { VICTORIALOGS_URL: 'http://127.0.0.1:1' });
    expect(ended).toMatchObject({ code: 0, stdout: '0\n0\n0\n0\n', stderr: '' });
  });

  it('leaves `process` the properties that it had, also where it needs the event loop', async () => {
    const program = `console.log(['emit', 'removeAllListeners'].filter((name) => Object.hasOwn(process, name)));`;
    const env = { VICTORIALOGS_URL: 'https://127.0.0.1:1', VICTORIALOGS_TLS_WRITE_THROUGH: '0' };
    expect(await run(program, env)).toMatchObject({ code: 0, stdout: '[]\n', stderr: '' });
  });

  it('keeps its own time where a program has replaced `Array.from`, as MooTools does', async () => {
    const server = await takingServer();
    const program = `Array.from = (item) => (typeof item.length === 'number' ? Array.prototype.slice.call(item) : [item]);
      transport.write({ text: 'a' });`;
    const env = { VICTORIALOGS_URL: `http://127.0.0.1:${server.port}` };
    expect(await run(program, env)).toMatchObject({ code: 0, stderr: '' });
    expect(textsIn(server.stop())).toEqual(['a']);
  });

  it('may come after the program has closed its standard streams', async () => {
    const server = await takingServer();
    const program = `transport.write({ text: 'a' });
      for (const number of [0, 1, 2]) process.getBuiltinModule('node:fs').closeSync(number);
      process.exit(3);`;
    const env = {
      VICTORIALOGS_URL: `http://localhost:${server.port}`,
      VICTORIALOGS_EXIT_TIMEOUT_MS: '30000',
    };
    expect(await run(program, env)).toMatchObject({ code: 3 });
    expect(textsIn(server.stop())).toEqual(['a']);
  }, 60_000);

  it.each([
    [
      'a listener to errors throws',
      7,
      "process.on('uncaughtException', (error) => { log('b'); throw error; });",
    ],
    ['a listener to `exit` throws', 1, "process.on('exit', () => { log('b'); throw 'c'; });"],
  ])(
    'may be an error for which %s',
    async (_, code, listener) => {
      const server = await takingServer();
      const program = `const log = (text) => transport.write({ text });
      ${listener}
      log('a');
      throw new Error('thrown');`;
      // A name is looked up by the event loop.
      const url = `http://localhost:${server.port}`;
      const env = { VICTORIALOGS_URL: url, VICTORIALOGS_EXIT_TIMEOUT_MS: '30000' };
      expect(await run(program, env)).toMatchObject({ code });
      expect(textsIn(server.stop())).toEqual(['a', 'b']);
      const { stderr } = await run(program, env);
      expect(stderr).toContain('2 log records were not delivered');
    },
    60_000,
  );

  it.each([
    [
      'a listener to errors throws',
      "process.on('uncaughtException', () => { throw 1; }); throw 2;",
    ],
    [
      'an error of a listener to `exit` is handled',
      "process.on('uncaughtException', () => {}); process.on('exit', () => { throw 1; });",
    ],
  ])(
    'tells of lines that a silent server has not confirmed when %s',
    async (_, end) => {
      const server = net.createServer((socket) =>
        socket.on('data', () => {}).on('error', () => {}),
      );
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as net.AddressInfo;
      const { stderr } = await run(`transport.write({ text: 'a' }); ${end}`, {
        VICTORIALOGS_URL: `http://127.0.0.1:${port}`,
        VICTORIALOGS_EXIT_TIMEOUT_MS: '200',
      });
      server.close();
      expect(stderr).toContain('1 log records were sent but not confirmed');
    },
    60_000,
  );

  it('is not near when a program emits `exit` itself and goes on', async () => {
    const program = `transport.write({ text: 'a' });
      process.emit('exit');
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), 50);`;
    const { stderr, signal } = await run(program, { VICTORIALOGS_URL: 'http://127.0.0.1:1' });
    expect({ stderr, signal }).toEqual({ stderr: '', signal: 'SIGKILL' });
  }, 60_000);

  it('does not wait for the answer to each of the many lines that its listeners write', async () => {
    const server = await takingServer(200);
    const program = `process.on('exit', () => { for (let i = 0; i < 200; i++) transport.write({ text: 'exit ' + i }); });
      transport.write({ text: 'a' });`;
    const { code, stderr } = await run(program, {
      VICTORIALOGS_URL: `http://127.0.0.1:${server.port}`,
      // 200 answers take 40 s.
      VICTORIALOGS_EXIT_TIMEOUT_MS: '20000',
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    await expect.poll(server.taken).toContain('exit 199');
    const taken = textsIn(server.stop());
    expect(taken).toEqual(['a', ...Array.from({ length: 200 }, (_, i) => `exit ${i}`)]);
  }, 60_000);

  it.each([
    ['a natural end', ''],
    ['process.exit', 'process.exit();'],
    ['process.exit in a listener', "process.on('exit', () => process.exit());"],
    [
      'process.exit in one that comes before ours',
      "process.prependListener('exit', () => { print(); process.exit(); });",
    ],
    ['an error', "throw new Error('thrown');"],
    ['a rejection', "Promise.reject(new Error('thrown'));"],
    ['an error in a listener', "process.on('exit', () => { throw new Error('thrown'); });"],
    [
      'process.exit without listeners',
      "print(); process.removeAllListeners('exit'); process.exit();",
    ],
    ['a natural end without listeners', "print(); process.removeAllListeners('exit');"],
    [
      'an end that the program has announced before',
      "process.emit('exit'); print(); setTimeout(print, 20);",
    ],
  ])(
    'ends the request with what its listeners write, as a proxy wants it: %s',
    async (_, end) => {
      const server = await takingServer(2);
      const program = `let printed = 0;
      const print = () => {
        for (let i = 0; i < 600; i++) transport.write({ text: 'line ' + printed++ });
        console.log(printed);
      };
      await transport.ready(30_000);
      process.on('exit', print);
      ${end}`;
      const { stdout, stderr } = await run(program, {
        VICTORIALOGS_URL: `http://127.0.0.1:${server.port}`,
        VICTORIALOGS_EXIT_TIMEOUT_MS: '20000',
      });
      expect(stderr).not.toContain('DL_');
      const taken = textsIn(server.stop('whole requests'));
      expect(taken).toEqual(
        Array.from({ length: Number(stdout.trim().split('\n').at(-1)) }, (_, i) => `line ${i}`),
      );
    },
    60_000,
  );

  it('leaves its whole time to what listeners write through undici, if nothing has waited before', async () => {
    const server = await takingServer();
    const proxy = await startTlsProxy(`http://127.0.0.1:${server.port}`);
    const program = `process.on('exit', () => transport.write({ text: 'last' }));
      transport.write({ text: 'first' });
      await transport.flush({ timeoutMs: 30_000 });`;
    const { code, stderr } = await run(program, {
      VICTORIALOGS_URL: proxy.url,
      VICTORIALOGS_TLS_WRITE_THROUGH: '0',
      VICTORIALOGS_EXIT_TIMEOUT_MS: '30000',
      NODE_EXTRA_CA_CERTS: proxy.certificate,
    });
    await proxy.stop();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(textsIn(server.stop())).toEqual(['first', 'last']);
  }, 60_000);

  it('is no reason to report lines that are only late, when listeners take longer than an exit may', async () => {
    const server = await takingServer(100);
    const program = `process.on('exit', () => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600); transport.write({ text: 'late' }); });
      transport.write({ text: 'a' });
      await transport.flush({ timeoutMs: 30_000 });`;
    const { code, stderr } = await run(program, {
      VICTORIALOGS_URL: `http://127.0.0.1:${server.port}`,
      VICTORIALOGS_EXIT_TIMEOUT_MS: '500',
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    await expect.poll(server.taken).toContain('late');
    server.stop();
  }, 60_000);

  it("tells of lines that are lost when an application's listener to it writes them", async () => {
    const program = "process.on('exit', () => transport.write({ text: 'last' }));";
    const { code, stderr } = await run(program, { VICTORIALOGS_URL: 'http://127.0.0.1:1' });
    expect(code).toBe(0);
    expect(stderr).toContain('1 log records were not delivered to http://127.0.0.1:1');
  });

  it('tells of lines that are lost at a signal that nobody else listens to', async () => {
    const program =
      "transport.write({ text: 'last' }); process.kill(process.pid, 'SIGTERM'); setTimeout(() => {}, 60_000);";
    const { signal, stderr } = await run(program, {
      // Without write-through, signals are listened to.
      VICTORIALOGS_URL: 'https://127.0.0.1:1',
      VICTORIALOGS_TLS_WRITE_THROUGH: '0',
    });
    expect(signal).toBe('SIGTERM');
    expect(stderr.match(/1 log records were not delivered to https:\/\/127.0.0.1:1/g)).toHaveLength(
      1,
    );
  });

  it.each([
    ['without another listener', ''],
    [
      'with one that ends the process only when it is alone',
      "const end = () => { if (process.listenerCount('SIGTERM') === 1) { process.removeListener('SIGTERM', end); process.kill(process.pid, 'SIGTERM'); } }; process.on('SIGTERM', end);",
    ],
    [
      'with one that is taken off again',
      "const none = () => {}; process.on('SIGTERM', none); process.removeListener('SIGTERM', none);",
    ],
  ])('by a signal is the same over https %s', async (_name, listener) => {
    const program = `${listener} transport.write({ text: 'a' }); setInterval(() => {}, 1000);
      setTimeout(() => process.kill(process.pid, 'SIGTERM'), 50);`;
    const { signal } = await run(program, {
      VICTORIALOGS_URL: 'https://127.0.0.1:1',
      VICTORIALOGS_EXIT_TIMEOUT_MS: '200',
    });
    expect(signal).toBe('SIGTERM');
  });

  it.each([
    ['that is slow', 'answers'],
    ['that is down', 'is down'],
  ])(
    'is announced as often as without direct-logging, although lines wait for a server %s',
    async (_, how) => {
      const server = await takingServer(50);
      const proxy = await startTlsProxy(`http://127.0.0.1:${server.port}`);
      // Three times: twice it gives the loop something more to do.
      const program = `let heard = 0;
      process.on('beforeExit', () => {
        transport.write({ text: 'heard ' + ++heard });
        if (heard < 3) setTimeout(() => {}, 5);
      });
      process.on('exit', () => { process.exitCode = heard; });
      transport.write({ text: 'first' });`;
      const { code } = await run(program, {
        VICTORIALOGS_URL: how === 'answers' ? proxy.url : 'https://127.0.0.1:1',
        VICTORIALOGS_TLS_WRITE_THROUGH: '0',
        // As long as the server takes: a busy machine makes it slower.
        ...(how === 'answers' && { VICTORIALOGS_EXIT_TIMEOUT_MS: '25000' }),
        NODE_EXTRA_CA_CERTS: proxy.certificate,
      });
      await proxy.stop();
      expect(code).toBe(3);
      const taken = server.stop().match(/"_msg":"[^"]*"/g) ?? [];
      const all = ['first', 'heard 1', 'heard 2', 'heard 3'].map((text) => `"_msg":"${text}"`);
      expect(taken).toEqual(how === 'answers' ? all : []);
    },
    30_000,
  );

  it.each([
    ['exit', ''],
    ['exit', "process.on('SIGTERM', (globalThis.none = () => {}));"],
    ['beforeExit', ''],
  ])(
    'by a signal that its own listener to %s raises is the same over https (%s)',
    async (event, before) => {
      const program = `${before} process.on('${event}', () => {
        process.off('SIGTERM', globalThis.none ?? (() => {}));
        process.kill(process.pid, 'SIGTERM');
      });
      transport.write({ text: 'a' });`;
      const { signal } = await run(program, {
        VICTORIALOGS_URL: 'https://127.0.0.1:1',
        VICTORIALOGS_TLS_WRITE_THROUGH: '0',
      });
      expect(signal).toBe('SIGTERM');
    },
  );

  it("is left to the application's own handler of a signal over https", async () => {
    const program = `transport.write({ text: 'a' }); setInterval(() => {}, 1000);
      process.on('SIGTERM', () => process.exit(7)); setTimeout(() => process.kill(process.pid, 'SIGTERM'), 50);`;
    const { code } = await run(program, {
      VICTORIALOGS_URL: 'https://127.0.0.1:1',
      VICTORIALOGS_EXIT_TIMEOUT_MS: '200',
    });
    expect(code).toBe(7);
  });

  it('is reached by no answer on connections that are dead without a sign: the lines go over new ones', async () => {
    const delivered: string[] = [];
    let isLate = false;
    const server = net.createServer((socket) => {
      const isOld = !isLate;
      socket.on('error', () => {});
      socket.on('data', (bytes) => {
        const text = bytes.toString();
        if (text.includes('"_msg"')) isLate = true;
        // They have died while they were idle.
        if (isOld && isLate) return;
        delivered.push(...Array.from(text.matchAll(/"_msg":"([^"]*)"/g), ([, line]) => line ?? ''));
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as net.AddressInfo;
    // Connections that are not idle for long are not suspected: the server may just be slow.
    const program = `await transport.ready(30_000);
      await new Promise((resolve) => setTimeout(resolve, 1_200));
      transport.write({ text: 'a' }); transport.write({ text: 'b' }); process.exit(7);`;
    const { code } = await run(program, {
      VICTORIALOGS_URL: `http://127.0.0.1:${port}`,
      VICTORIALOGS_EXIT_TIMEOUT_MS: '4000',
    });
    server.close();
    expect(code).toBe(7);
    expect(delivered).toEqual(['a', 'b']);
  }, 60_000);

  it('takes the certificates over https that the program takes', async () => {
    const bodies: string[] = [];
    const server = http.createServer(async (request, response) => {
      for await (const part of request) bodies.push(String(part));
      response.end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = await startTlsProxy(
      `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    );
    const { code } = await run("transport.write({ text: 'a' }); process.exit(7);", {
      VICTORIALOGS_URL: proxy.url,
      VICTORIALOGS_EXIT_TIMEOUT_MS: '20000',
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
    });
    await proxy.stop();
    server.close();
    expect(code).toBe(7);
    expect(bodies.join('')).toContain('"_msg":"a"');
  }, 60_000);

  it('is not disturbed where threads are forbidden', async () => {
    const source = `import { createTransport } from '${CORE}';
      createTransport({ url: 'http://127.0.0.1:1' }).write({ text: 'a' });`;
    const child = spawn(
      process.execPath,
      ['--permission', '--allow-fs-read=*', '--input-type=module', '-e', source],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    const [code] = await once(child, 'close');
    expect(code).toBe(0);
    expect(stderr).toContain('DL_LOST_AT_EXIT');
    expect(stderr).not.toContain('node:internal');
  });

  it('by a signal loses no line where a platform shows no descriptors of sockets', async () => {
    const server = await takingServer();
    const program = `import net from 'node:net';
      net.Socket = class extends net.Socket {
        get _handle() {
          return this.handle;
        }
        set _handle(handle) {
          if (handle !== null) Object.defineProperty(handle, 'fd', { value: undefined });
          this.handle = handle;
        }
      };
      transport.write({ text: 'first' });
      await transport.flush({ timeoutMs: 30_000 });
      transport.write({ text: 'last' });
      process.kill(process.pid, 'SIGTERM');
      setInterval(() => {}, 1000);`;
    const { signal } = await run(program, {
      VICTORIALOGS_URL: `http://127.0.0.1:${server.port}`,
      VICTORIALOGS_EXIT_TIMEOUT_MS: '30000',
    });
    expect(signal).toBe('SIGTERM');
    expect(server.stop()).toMatch(/"_msg":"first".*\n.*"_msg":"last"/);
  });

  it.each([
    ['at once', 'process.exit(3)'],
    ['when all is delivered', 'await transport.flush({ timeoutMs: 30_000 }); process.exit(3);'],
  ])("has nothing to do with the proxy of the program's own requests: %s", async (_name, end) => {
    const server = await takingServer();
    const { code } = await run(`transport.write({ text: 'not by the proxy' }); ${end}`, {
      // A name, which an exiting process has a thread look up.
      VICTORIALOGS_URL: `http://localhost:${server.port}`,
      VICTORIALOGS_EXIT_TIMEOUT_MS: '30000',
      NODE_USE_ENV_PROXY: '1',
      HTTP_PROXY: 'http://127.0.0.1:9',
    });
    expect(code).toBe(3);
    expect(server.stop()).toContain('not by the proxy');
  });
});

/** A server that takes everything; what that was is told when it is stopped. */
async function takingServer(answersAfterMs = 0): Promise<{
  readonly port: number;
  connections(): number;
  taken(): string;
  stop(what?: 'whole requests'): string;
}> {
  let taken = '';
  let whole = '';
  let connections = 0;
  const server = http.createServer(async (request, response) => {
    try {
      let body = '';
      for await (const text of request) {
        taken += text;
        body += text;
      }
      whole += body;
      setTimeout(() => response.end(), answersAfterMs);
    } catch {
      // An exiting process gives up a request that is in flight, and a thread sends it again.
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.on('connection', () => connections++);
  const { port } = server.address() as net.AddressInfo;
  return {
    port,
    connections: () => connections,
    taken: () => taken,
    stop: (what) => {
      server.close();
      return what === undefined ? taken : whole;
    },
  };
}

function textsIn(taken: string): string[] {
  return Array.from(taken.matchAll(/"_msg":"([^"]*)"/g), ([, text = '']) => text);
}
