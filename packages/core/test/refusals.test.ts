/** A server, or what stands in front of it, that does not take one certain line, against real sockets. */
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { destinationOf } from '../src/delivery/spool/file-name.ts';
import { drainSpool } from '../src/drain-spool.ts';
import { completeOptions } from '../src/options.ts';
import { createTransport } from '../src/transport.ts';
import { startTakingServer } from './taking-server.ts';

const CASES = [
  { lines: 2_000, bad: 1_234 },
  // A short line in front of it.
  { lines: 3, bad: 2 },
];

/** Like a firewall that reads along. */
const refuses = (body: string): boolean => body.includes('attack');

it.concurrent.each(CASES)(
  'finds the one of $lines lines that is refused, and delivers the others',
  async ({ lines, bad }) => {
    const server = await startTakingServer({ refuses });
    const transport = createTransport({ url: server.url });
    const texts = Array.from({ length: lines }, (_, at) =>
      at === bad ? `attack ${'x'.repeat(5_000)}` : `line ${at} ${'x'.repeat((at * 37) % 300)}`,
    );
    for (const text of texts) transport.write({ text });
    // While it is refused some ten seconds pass.
    expect(await transport.flush({ timeoutMs: 50_000 })).toMatchObject({ complete: true });
    expect(transport.stats).toMatchObject({ delivered: lines - 1, dropped: { rejected: 1 } });
    const others = texts.filter((_, at) => at !== bad);
    expect(new Set(server.messages)).toEqual(new Set(others));
    expect(server.requests).toBeLessThan(200);
    await transport.close();
    await server.stop();
  },
);

it.concurrent('tells of a refused line, and of files for other servers, when a spool is drained', async () => {
  const server = await startTakingServer({ refuses });
  const spoolDir = mkdtempSync(join(tmpdir(), 'direct-logging-refused-'));
  const { settings } = completeOptions({ url: server.url }, {}, () => 'h');
  if (settings === undefined) throw new Error('no settings');
  const destination = destinationOf(settings.endpoint, settings.headers);
  const file = join(spoolDir, `${destination}.elsewhere.1.2.3.x-0.spool`);
  const _time = new Date().toISOString();
  const lines = ['a', 'attack', 'b'].map((_msg) => `${JSON.stringify({ _time, _msg })}\n`);
  writeFileSync(file, lines.join(''));
  utimesSync(file, 1, 1);
  const forOthers = file.replace(destination, '0123456789abcdef');
  writeFileSync(forOthers, lines[0] ?? '');
  utimesSync(forOthers, 1, 1);
  const result = await drainSpool({ url: server.url, spoolDir }, { timeoutMs: 50_000 });
  expect(result).toEqual({
    files: 1,
    delivered: 2,
    guessed: 0,
    truncated: 0,
    refused: 1,
    left: 0,
    others: 1,
  });
  expect(readdirSync(spoolDir)).toEqual([basename(forOthers)]);
  const all = await drainSpool({ url: server.url, spoolDir }, { timeoutMs: 50_000, all: true });
  expect(all).toMatchObject({ files: 1, delivered: 1, others: 0 });
  expect(readdirSync(spoolDir)).toEqual([]);
  rmSync(spoolDir, { recursive: true });
  await server.stop();
});
