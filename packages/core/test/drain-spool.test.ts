import { linkSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { destinationOf } from '../src/delivery/spool/file-name.ts';
import { drainSpool } from '../src/drain-spool.ts';
import { completeOptions } from '../src/options.ts';
import { startTakingServer } from './taking-server.ts';

/** Like a firewall that reads along. */
const refuses = (body: string): boolean => body.includes('attack');

/** A file that a process that is gone has left for this server. */
function writeOrphan(spoolDir: string, url: string, messages: readonly string[]) {
  const { settings } = completeOptions({ url }, {}, () => 'h');
  if (settings === undefined) throw new Error('no settings');
  const destination = destinationOf(settings.endpoint, settings.headers);
  const file = join(spoolDir, `${destination}.elsewhere.1.2.3.x-0.spool`);
  const _time = new Date().toISOString();
  const lines = messages.map((_msg) => `${JSON.stringify({ _time, _msg })}\n`);
  writeFileSync(file, lines.join(''));
  return { file, destination, lines };
}

it('tells of a refused line, and of files for other servers, when a spool is drained', async () => {
  const server = await startTakingServer({ refuses });
  const spoolDir = mkdtempSync(join(tmpdir(), 'direct-logging-refused-'));
  const { file, destination, lines } = writeOrphan(spoolDir, server.url, ['a', 'attack', 'b']);
  utimesSync(file, 1, 1);
  const forOthers = file.replace(destination, '0123456789abcdef');
  writeFileSync(forOthers, lines[0] ?? '');
  utimesSync(forOthers, 1, 1);
  const result = await drainSpool({ url: server.url, spoolDir });
  expect(result).toEqual({
    files: 1,
    delivered: 2,
    guessed: 0,
    truncated: 0,
    refused: 1,
    left: 0,
    untaken: 0,
    others: 1,
  });
  expect(readdirSync(spoolDir)).toEqual([basename(forOthers)]);
  const all = await drainSpool({ url: server.url, spoolDir }, { timeoutMs: 50_000, all: true });
  expect(all).toMatchObject({ files: 1, delivered: 1, others: 0 });
  expect(readdirSync(spoolDir)).toEqual([]);
  rmSync(spoolDir, { recursive: true });
  await server.stop();
});

it('leaves what a server that is not there cannot take, and ends in time', async () => {
  const spoolDir = mkdtempSync(join(tmpdir(), 'direct-logging-drain-'));
  const url = 'http://127.0.0.1:1';
  const { file } = writeOrphan(spoolDir, url, ['a']);
  utimesSync(file, 1, 1);
  const result = await drainSpool({ url, spoolDir }, { timeoutMs: 200 });
  expect(result).toMatchObject({ delivered: 0, refused: 0, left: 1 });
  expect(readdirSync(spoolDir)).not.toEqual([]);
  rmSync(spoolDir, { recursive: true });
});

it('counts a file that it may not take over, and leaves it', async () => {
  const spoolDir = mkdtempSync(join(tmpdir(), 'direct-logging-drain-'));
  const url = 'http://127.0.0.1:1';
  const { file } = writeOrphan(spoolDir, url, ['a']);
  // Somebody may still write to it.
  linkSync(file, join(spoolDir, 'linked'));
  utimesSync(file, 1, 1);
  for (const all of [false, true]) {
    const result = await drainSpool({ url, spoolDir }, { timeoutMs: 5_000, all });
    expect(result).toMatchObject({ files: 0, delivered: 0, left: 0, untaken: 1, others: 0 });
  }
  expect(readdirSync(spoolDir).sort()).toEqual([basename(file), 'linked'].sort());
  rmSync(spoolDir, { recursive: true });
});

it.each([
  ['no directory', {}, { timeoutMs: 0 }, /^spoolDir: /],
  ['no time', { spoolDir: tmpdir() }, { timeoutMs: Number.NaN }, /^timeoutMs: must be milli.*NaN/],
  [
    'a bad URL',
    { spoolDir: tmpdir(), url: 'me' },
    { timeoutMs: 0 },
    /must be an http or https URL/,
  ],
])('refuses %s', async (_, options, how, message) => {
  const asked = drainSpool({ url: 'http://127.0.0.1:1', ...options }, how);
  await expect(asked).rejects.toThrow(message);
  await expect(asked).rejects.toThrow(TypeError);
});
