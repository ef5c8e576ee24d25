import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { understoodSettings } from '@direct-logging/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkSpool } from '../../src/doctor/spool.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'doctor-spool-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function check(spoolDir: string, spoolMaxBytes = 1) {
  const env = { VICTORIALOGS_URL: 'http://h', VICTORIALOGS_SPOOL_DIR: spoolDir };
  const settings = understoodSettings(env, () => 'h');
  if (settings === undefined) throw new Error('no settings');
  return checkSpool({ ...settings, spoolMaxBytes });
}

it('has nothing to say without a spool', () => {
  expect(check('')).toEqual([]);
});

it('says what is in the directory, and how much there is room for', () => {
  writeFileSync(join(folder, 'a'), '');
  const [found] = check(folder);
  expect(found).toMatchObject({ verdict: 'ok', next: undefined });
  expect(found?.finding).toMatch(/: 1 files, \d+ MiB free, it may take 1 MiB$/);
});

it('warns if the disk has less room than the spool may take', () => {
  expect(check(folder, Number.MAX_SAFE_INTEGER)).toMatchObject([
    { verdict: 'warn', next: expect.stringMatching(/^make room there/) },
  ]);
});

it('finds no fault in a directory that can be made', () => {
  expect(check(join(folder, 'a/b'))).toMatchObject([{ verdict: 'note' }]);
});

it('warns of a directory that others can write to, and of a file', () => {
  chmodSync(folder, 0o777);
  expect(check(folder)).toMatchObject([{ verdict: 'warn' }]);
  writeFileSync(join(folder, 'file'), '');
  expect(check(join(folder, 'file'))).toMatchObject([{ verdict: 'warn' }]);
});
