import { execFileSync } from 'node:child_process';
import fs, { chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { readSmallFile } from '../../src/process/small-file.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'small-file-'));
  path = join(folder, 'file');
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

it.each(['', 'text', 'x'.repeat(100)])('reads %j', (text) => {
  writeFileSync(path, text);
  expect(readSmallFile(path, 100)).toBe(text);
  expect(readSmallFile(path, 100, true)).toBe(text);
});

/** As graceful-fs does it: an argument that is left out becomes one that is undefined, which Node takes for a length of 0. */
it('reads it where a program has replaced the methods of fs', () => {
  writeFileSync(path, 'text');
  const { readSync } = fs;
  type Given = [number, Uint8Array, number, number, number | null];
  const replacement = (...[descriptor, bytes, offset, length, position]: Given) =>
    readSync(descriptor, bytes, offset, length, position);
  vi.spyOn(fs, 'readSync').mockImplementation(replacement as typeof readSync);
  expect(readSmallFile(path, 100)).toBe('text');
});

it.each<[string, () => void]>([
  ['a larger one', () => writeFileSync(path, 'x'.repeat(101))],
  ['a folder', () => mkdirSync(path)],
  [
    'a pipe, for whose writer it does not wait',
    () => execFileSync('sh', ['-c', 'mkfifo "$0"', path]),
  ],
  ['a device that never ends', () => symlinkSync('/dev/zero', path)],
])('refuses %s', (_, make) => {
  make();
  expect(() => readSmallFile(path, 100)).toThrow();
});

it('follows a link only if it may be of others', () => {
  writeFileSync(join(folder, 'other'), 'text');
  symlinkSync('other', path);
  expect(readSmallFile(path, 100)).toBe('text');
  expect(() => readSmallFile(path, 100, true)).toThrow('ELOOP');
});

it.runIf(process.geteuid?.() === 0)('refuses a file of another user that must be own', () => {
  writeFileSync(path, 'text');
  chownSync(path, 65_534, 65_534);
  expect(readSmallFile(path, 100)).toBe('text');
  expect(() => readSmallFile(path, 100, true)).toThrow('not a small file');
});
