import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { credentialIn } from '../../src/process/credential-file.ts';
import { debug, enableDebug } from '../../src/process/debug.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'credential-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const any = (text: string) => text;

describe('credentialIn', () => {
  it('reads it without the line break at its end', () => {
    writeFileSync(join(folder, 'token'), 'secret\r\n');
    const file = credentialIn(join(folder, 'token'), any);
    expect(file()).toBe('secret');
  });

  it('follows a secret that Kubernetes replaces, by a link to another folder', () => {
    for (const version of ['1', '2']) {
      mkdirSync(join(folder, version));
      writeFileSync(join(folder, version, 'token'), `secret-${version}`);
    }
    symlinkSync('1', join(folder, '..data'));
    symlinkSync('..data/token', join(folder, 'token'));
    const file = credentialIn(join(folder, 'token'), any);
    expect(file()).toBe('secret-1');
    symlinkSync('2', join(folder, '..next'));
    renameSync(join(folder, '..next'), join(folder, '..data'));
    expect(file()).toBe('secret-2');
  });

  it('reads it again when it was overwritten with the same size and times', () => {
    const path = join(folder, 'token');
    const write = (secret: string) => {
      writeFileSync(path, secret);
      utimesSync(path, 1, 1);
    };
    write('one');
    const file = credentialIn(path, any);
    for (const secret of ['two', 'six', 'ten']) {
      write(secret);
      expect(file()).toBe(secret);
    }
  });

  it('is hidden in messages in every form, and so is what it was before', () => {
    const path = join(folder, 'password');
    const headerOf = (text: string) => `Basic ${btoa(`me:${text}`)}`;
    writeFileSync(path, 'first password');
    const file = credentialIn(path, headerOf);
    expect(file()).toBe(headerOf('first password'));
    writeFileSync(path, 'the second password');
    expect(file()).toBe(headerOf('the second password'));
    const said = vi
      .spyOn(process as { _rawDebug?: (line: string) => void }, '_rawDebug')
      .mockImplementation(() => {});
    enableDebug();
    for (const password of ['first password', 'the second password']) {
      for (const form of [password, encodeURIComponent(password), headerOf(password).slice(6)]) {
        debug(`said ${form}`);
      }
    }
    // Of base64 its padding is left.
    for (const [line] of said.mock.calls) expect(line).toMatch(/^direct-logging: said \*{3}=*$/);
    expect(said).toHaveBeenCalledTimes(6);
    said.mockRestore();
  });

  it('keeps the last one while the file is away, and throws if there was none', () => {
    const path = join(folder, 'token');
    const file = credentialIn(path, any);
    // It may be the credential itself, by mistake.
    expect(() => file()).toThrow(/^the file of the credential cannot be used: ENOENT$/);
    writeFileSync(path, 'secret');
    expect(file()).toBe('secret');
    rmSync(path);
    expect(file()).toBe('secret');
    writeFileSync(path, 'other');
    expect(file()).toBe('other');
  });

  it.each([
    ['a folder', (path: string) => mkdirSync(path), /not a small file/],
    ['a large file', (path: string) => writeFileSync(path, 'x'.repeat(70_000)), /not a small file/],
    ['an empty one', (path: string) => writeFileSync(path, '\n'), /holds no credential/],
  ])('refuses %s', (_, make, why) => {
    const path = join(folder, 'token');
    make(path);
    const file = credentialIn(path, any);
    expect(() => file()).toThrow(why);
  });
});
