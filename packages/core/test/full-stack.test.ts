import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it, vi } from 'vitest';
import { Queue } from '../src/delivery/queue.ts';
import { createTransport } from '../src/transport.ts';
import { startTakingServer } from './taking-server.ts';

const CORE = new URL('../dist/index.js', import.meta.url).href;
const TIMES = 12;

/** Logs at every level of a function that calls itself without end, each time with other sizes of frames. */
const PROGRAM = `
  import { createTransport } from '${CORE}';
  const transport = createTransport();
  let deepest = 0;
  function deeper(time, depth, ...rest) {
    transport.write({ text: 'time ' + time + ' depth ' + depth });
    deepest = depth;
    deeper(time, depth + 1, ...rest);
  }
  for (let time = 0; time < ${TIMES}; time++) {
    try { deeper(time, 0, ...Array(20 + time).fill(0)); } catch {}
    transport.write({ text: 'time ' + time + ' reached ' + deepest });
    await new Promise(setImmediate);
  }
  const { complete } = await transport.flush({ timeoutMs: 30_000 });
  process.exitCode = complete ? 0 : 1;`;

it('lines that are logged where the stack ends are delivered, and those behind them, too', async () => {
  const server = await startTakingServer();
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], {
    env: { ...process.env, VICTORIALOGS_URL: server.url },
    stdio: 'ignore',
  });
  const [code] = await once(child, 'exit');
  await server.stop();
  const texts = new Set(server.messages);
  expect(code).toBe(0);
  for (let time = 0; time < TIMES; time++) {
    const reached = [...texts].find((text) => text.startsWith(`time ${time} reached `));
    const depth = Number(reached?.split(' ').at(-1));
    expect(depth).toBeGreaterThan(100);
    const written = Array.from({ length: depth + 1 }, (_, at) => `time ${time} depth ${at}`);
    expect(written.filter((text) => !texts.has(text))).toEqual([]);
  }
  // A number without a line would look like a line that was lost.
  const numbers = new Set(server.counters);
  expect(numbers.size).toBe(Math.max(...numbers));
});

it('lines are delivered although a full stack interrupts what is done for an answer', async () => {
  const server = await startTakingServer();
  const transport = createTransport({ url: server.url });
  await transport.ready(30_000);
  const settle = vi.spyOn(Queue.prototype, 'settle').mockImplementationOnce(() => {
    throw new RangeError('Maximum call stack size exceeded');
  });
  transport.write({ text: 'a' });
  await vi.waitFor(() => expect(settle).toHaveBeenCalled(), 10_000);
  transport.write({ text: 'b' });
  expect(await transport.flush({ timeoutMs: 50_000 })).toEqual({ complete: true, pending: 0 });
  expect(server.messages).toEqual(expect.arrayContaining(['a', 'b']));
  await transport.close();
  await server.stop();
});

/** Logs at the end of the stack from a timer, in code that has not run before. */
const FROM_TIMER = `
  import { createTransport } from '${CORE}';
  const transport = createTransport();
  function deeper() {
    try { deeper(); } catch (error) { transport.write({ text: 'too deep' }); throw error; }
  }
  let times = 0;
  setTimeout(async function descend() {
    try { deeper(); } catch {}
    if (++times < 3) return setTimeout(descend, 1);
    transport.write({ text: 'last' });
    const { complete } = await transport.flush({ timeoutMs: 30_000 });
    process.exitCode = complete ? 0 : 1;
  }, 300);`;

it('a program that logs where the stack ends goes on', async () => {
  const server = await startTakingServer();
  const child = spawn(process.execPath, ['--input-type=module', '-e', FROM_TIMER], {
    env: { ...process.env, VICTORIALOGS_URL: server.url },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(child, 'exit');
  await server.stop();
  expect(code).toBe(0);
  expect(server.messages).toContain('last');
});

/** Messages that have more blanks or colors behind a hidden name than one match of V8 can go back over. */
const LARGE = `
  import { createTransport } from '${CORE}';
  const transport = createTransport();
  const [, size, end] = process.argv;
  for (const blank of [' ', '\u001b[31m']) {
    const text = 'password:' + blank.repeat(size / blank.length) + 'hunter2';
    transport.write({ text });
    transport.write({ text: JSON.stringify({ msg: text }), level: 'WARN', stream: 'stderr' });
    transport.write({ text: '', error: new Error(text), level: 'ERROR' });
    transport.write({ text: 'with fields', fields: { text } });
    if (end !== 'exit') await transport.flush({ timeoutMs: 100_000 });
  }
  transport.write({ text: 'last' });
  const isComplete = end === 'exit' || (await transport.flush({ timeoutMs: 100_000 })).complete;
  process.exit(isComplete ? 0 : 1);`;

it.each([
  [1, 'flush'],
  [6, 'exit'],
  [16, 'flush'],
])('messages of %s MB are redacted, before a %s', { timeout: 240_000 }, async (size, end) => {
  const server = await startTakingServer();
  const env = {
    ...process.env,
    VICTORIALOGS_URL: server.url,
    VICTORIALOGS_REDACT: 'password',
    VICTORIALOGS_EXIT_TIMEOUT_MS: '60000',
  };
  const args = ['--input-type=module', '-e', LARGE, `${size * 2 ** 20}`, end];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  expect(await once(child, 'exit')).toEqual([0, null]);
  await server.stop();
  expect(server.messages.filter((text) => text === 'last')).toHaveLength(1);
  expect(server.messages.join('')).not.toContain('hunter2');
});

/** Messages that fill the stack whenever they are redacted, and what is behind them. */
const NEVER_READ = `
  import { createTransport } from '${CORE}';
  const transport = createTransport();
  const endless = { toString() { return String(this); } };
  transport.write({ text: 'WARN: an endless logger', logger: endless });
  transport.write({ get text() { return this.text; }, level: 'ERROR' });
  transport.write({ text: 'last' });
  if (process.argv[1] !== 'exit') await transport.flush({ timeoutMs: 30_000 });
  process.exit();`;

it.each(['flush', 'exit'])(
  'a message that always fills the stack holds up nothing, before a %s',
  async (end) => {
    const server = await startTakingServer();
    const child = spawn(process.execPath, ['--input-type=module', '-e', NEVER_READ, end], {
      env: { ...process.env, VICTORIALOGS_URL: server.url, VICTORIALOGS_REDACT: 'password' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    expect(await once(child, 'exit')).toEqual([0, null]);
    await server.stop();
    expect(server.messages).toEqual([
      '*** (a message of 23 characters that could not be encoded)',
      '*** (a message of 0 characters that could not be encoded)',
      'last',
    ]);
  },
);
