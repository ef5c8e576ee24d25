import { mkdtempSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { touch } from '../../../src/delivery/spool/directory.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'directory-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('touches a file, and not what a link in its place leads to', () => {
  const [file, link] = [join(folder, 'file'), join(folder, 'link')];
  writeFileSync(file, '');
  utimesSync(file, 1, 1);
  symlinkSync(file, link);
  expect(touch(link, 2_000_000)).toBe(true);
  expect(statSync(file).mtimeMs).toBe(1_000);
  expect(touch(file, 2_000_000)).toBe(true);
  expect(statSync(file).mtimeMs).toBe(2_000_000);
  expect(touch(join(folder, 'missing'), 2_000_000)).toBe(false);
});
