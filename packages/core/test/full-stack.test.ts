import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';

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

it('lines that are logged where the stack ends are delivered, and those behind them, too', {
  timeout: 60_000,
}, async () => {
  const texts = new Set<string>();
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part: string) => {
      body += part;
    });
    request.on('error', () => {});
    // A request that breaks off keeps its complete lines, as with VictoriaLogs.
    request.on('close', () => {
      for (const line of body.split('\n').slice(0, -1)) texts.add(JSON.parse(line)._msg);
    });
    request.on('end', () => response.end());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], {
    env: { ...process.env, VICTORIALOGS_URL: `http://127.0.0.1:${port}` },
    stdio: 'ignore',
  });
  const [code] = await once(child, 'exit');
  server.close();
  expect(code).toBe(0);
  for (let time = 0; time < TIMES; time++) {
    const reached = [...texts].find((text) => text.startsWith(`time ${time} reached `));
    const depth = Number(reached?.split(' ').at(-1));
    expect(depth).toBeGreaterThan(100);
    const written = Array.from({ length: depth + 1 }, (_, at) => `time ${time} depth ${at}`);
    expect(written.filter((text) => !texts.has(text))).toEqual([]);
  }
});
