import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sayMissing } from '../../../../test-e2e/environment/missing.ts';
import {
  type Access,
  makePrivateFolder,
  openPrivateFile,
  readPrivateFile,
  writePrivateFile,
} from '../../src/process/private-files.ts';

const NOBODY = 65_534;
const MODULE = fileURLToPath(new URL('../../src/process/private-files.ts', import.meta.url));
const isRoot = process.getuid?.() === 0;
if (!isRoot) sayMissing('Tests with files of other users are skipped', 'Run them as root.');

let folder: string;
let path: string;

beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'private-'));
  path = join(folder, 'file');
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

function open(at: string, access: Access): void {
  fs.closeSync(openPrivateFile(at, access));
}

describe('openPrivateFile', () => {
  it('makes a file that only this user can read', () => {
    open(path, 'create');
    open(path, 'read');
    expect(fs.statSync(path).mode & 0o777).toBe(0o600);
    expect(() => open(path, 'create')).toThrow('EEXIST');
  });

  it.each<Access>(['read', 'create'])('follows no link (%s)', (access) => {
    const target = join(folder, 'target');
    for (const aim of ['/dev/zero', target, join(folder, 'missing')]) {
      fs.writeFileSync(target, 'kept');
      fs.symlinkSync(aim, path);
      expect(() => open(path, access)).toThrow(/ELOOP|EEXIST/);
      fs.rmSync(path);
    }
    expect(fs.readdirSync(folder)).toEqual(['target']);
    expect(fs.readFileSync(target, 'utf8')).toBe('kept');
  });

  it.each(['read', 'write pipe'])('does not wait at a pipe (%s)', (access) => {
    execFileSync('sh', ['-c', 'mkfifo "$0"', path]);
    // In a process of its own: a wait could not be ended from inside.
    const program = `import { openPrivateFile } from ${JSON.stringify(MODULE)};
      try { openPrivateFile(process.argv[1], process.argv[2]); } catch (error) { console.log(error.message); }`;
    const { stdout, signal } = spawnSync(
      process.execPath,
      ['--input-type=module', '-e', program, path, access],
      { encoding: 'utf8', timeout: 30_000 },
    );
    expect(signal).toBeNull();
    expect(stdout).toMatch(/is no regular file|ENXIO/);
  });

  it('opens both ends of a pipe, and no file as one', () => {
    execFileSync('sh', ['-c', 'mkfifo -m 600 "$0"', path]);
    const ends = [openPrivateFile(path, 'read pipe'), openPrivateFile(path, 'write pipe')] as const;
    fs.writeSync(ends[1], 'text');
    expect(fs.readSync(ends[0], Buffer.alloc(9))).toBe(4);
    for (const end of ends) fs.closeSync(end);
    fs.rmSync(path);
    fs.writeFileSync(path, '');
    expect(() => open(path, 'read pipe')).toThrow('is no pipe');
    expect(() => open(path, 'write pipe')).toThrow('is no pipe');
  });

  it('refuses directories, devices, and a file with a second name', () => {
    expect(() => open(folder, 'read')).toThrow('is no regular file');
    expect(() => open('/dev/null', 'read')).toThrow('is no regular file');
    fs.writeFileSync(path, '');
    fs.linkSync(path, join(folder, 'second'));
    expect(() => open(path, 'read')).toThrow('is linked');
  });

  it('refuses a file that others can write to', () => {
    fs.writeFileSync(path, '');
    fs.chmodSync(path, 0o620);
    expect(() => open(path, 'read')).toThrow('can be written to by others');
  });

  it.runIf(isRoot)("refuses another user's file, and leaves no descriptor open", () => {
    fs.writeFileSync(path, 'kept');
    fs.chownSync(path, NOBODY, NOBODY);
    const before = fs.readdirSync('/proc/self/fd').length;
    expect(() => open(path, 'read')).toThrow(`belongs to another user (${NOBODY})`);
    expect(fs.readdirSync('/proc/self/fd')).toHaveLength(before);
  });
});

describe('readPrivateFile', () => {
  it('reads up to its limit', () => {
    fs.writeFileSync(path, '12345', { mode: 0o600 });
    expect(readPrivateFile(path, 5).toString()).toBe('12345');
    expect(() => readPrivateFile(path, 4)).toThrow('has 5 bytes, more than 4');
  });

  it('takes no memory for a sparse file', () => {
    fs.writeFileSync(path, '', { mode: 0o600 });
    fs.truncateSync(path, 2 ** 40);
    expect(() => readPrivateFile(path, 1 << 20)).toThrow('more than');
  });
});

describe('writePrivateFile', () => {
  it('replaces a file, or a link, and leaves nothing else', () => {
    const target = join(folder, 'target');
    fs.writeFileSync(target, 'kept');
    fs.symlinkSync(target, path);
    writePrivateFile(path, Buffer.from('old'));
    writePrivateFile(path, Buffer.from('new'), 0o644);
    expect(readPrivateFile(path, 10).toString()).toBe('new');
    expect(fs.statSync(path).mode & 0o777).toBe(0o644);
    expect(fs.readFileSync(target, 'utf8')).toBe('kept');
    expect(fs.readdirSync(folder).sort()).toEqual(['file', 'target']);
  });
});

describe('makePrivateFolder', () => {
  it('makes folders that only this user can use, whatever exists of them', () => {
    const made = join(folder, 'a', 'b');
    makePrivateFolder(made);
    makePrivateFolder(made);
    expect(fs.statSync(made).mode & 0o777).toBe(0o700);
    expect(fs.statSync(join(folder, 'a')).mode & 0o777).toBe(0o700);
  });

  it('refuses a link, a file, and a folder that others can write to', () => {
    fs.symlinkSync(tmpdir(), path);
    expect(() => makePrivateFolder(path)).toThrow('must be a directory, and not a link');
    fs.rmSync(path);
    fs.writeFileSync(path, '');
    expect(() => makePrivateFolder(path)).toThrow('must be a directory');
    for (const mode of [0o770, 0o777, 0o1777]) {
      fs.chmodSync(folder, mode);
      expect(() => makePrivateFolder(folder)).toThrow('can be written to by others');
    }
    expect(() => makePrivateFolder('/proc/direct-logging')).toThrow('ENOENT');
  });

  it.runIf(isRoot)("refuses another user's folder", () => {
    fs.chownSync(folder, NOBODY, NOBODY);
    expect(() => makePrivateFolder(folder)).toThrow(`belongs to another user (${NOBODY})`);
  });
});
