/** A server, or what stands in front of it, that does not take one certain line, against real sockets. */
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { drainSpool } from '../src/drain-spool.ts';
import { createTransport } from '../src/transport.ts';

const CASES = [
  { lines: 2_000, bad: 1_234 },
  // A short line in front of it.
  { lines: 3, bad: 2 },
];

/** Answers 400 to each request with that line, like a firewall that reads along. */
async function listen() {
  const seen = { requests: 0, messages: [] as string[] };
  const server = http.createServer(async (request, response) => {
    let body = '';
    for await (const text of request.setEncoding('utf8')) body += text;
    seen.requests++;
    if (body.includes('attack')) {
      response.writeHead(400).end('no');
      return;
    }
    for (const line of body.split('\n').slice(0, -1)) seen.messages.push(JSON.parse(line)._msg);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { seen, url: `http://127.0.0.1:${port}`, stop: () => server.close() };
}

it.concurrent.each(CASES)(
  'finds the one of $lines lines that is refused, and delivers the others',
  async ({ lines, bad }) => {
    const { seen, url, stop } = await listen();
    const transport = createTransport({ url });
    const texts = Array.from({ length: lines }, (_, at) =>
      at === bad ? `attack ${'x'.repeat(5_000)}` : `line ${at} ${'x'.repeat((at * 37) % 300)}`,
    );
    for (const text of texts) transport.write({ text });
    // While it is refused some ten seconds pass.
    expect(await transport.flush({ timeoutMs: 50_000 })).toMatchObject({ complete: true });
    expect(transport.stats).toMatchObject({ delivered: lines - 1, dropped: { rejected: 1 } });
    const others = texts.filter((_, at) => at !== bad);
    expect(new Set(seen.messages)).toEqual(new Set(others));
    expect(seen.requests).toBeLessThan(200);
    await transport.close();
    stop();
  },
);

it.concurrent('tells of a refused line when a spool is drained', async () => {
  const { url, stop } = await listen();
  const spoolDir = mkdtempSync(join(tmpdir(), 'direct-logging-refused-'));
  const file = join(spoolDir, 'elsewhere.1.2.3.x-0.spool');
  const _time = new Date().toISOString();
  const lines = ['a', 'attack', 'b'].map((_msg) => `${JSON.stringify({ _time, _msg })}\n`);
  writeFileSync(file, lines.join(''));
  utimesSync(file, 1, 1);
  const result = await drainSpool({ url, spoolDir }, { timeoutMs: 50_000 });
  expect(result).toEqual({ files: 1, delivered: 2, torn: 0, refused: 1, left: 0 });
  expect(readdirSync(spoolDir)).toEqual([]);
  rmSync(spoolDir, { recursive: true });
  stop();
});
