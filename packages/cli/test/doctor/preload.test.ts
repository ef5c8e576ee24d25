import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkPreload } from '../../src/doctor/preload.ts';

let folder: string;
let file: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'doctor-'));
  const installed = join(folder, 'node_modules/@direct-logging/auto');
  mkdirSync(join(installed, 'dist'), { recursive: true });
  file = join(installed, 'dist/index.js');
  writeFileSync(file, '');
  writeFileSync(join(installed, 'package.json'), '{"main":"./dist/index.js"}');
});
afterAll(() => rmSync(folder, { recursive: true }));

function verdictOn(options: string | undefined, directory = folder) {
  const [, check] = checkPreload({ NODE_OPTIONS: options }, directory);
  return check?.verdict;
}

describe('checkPreload', () => {
  it.each([
    '--import @direct-logging/auto',
    '--import=@direct-logging/auto --max-old-space-size=99',
    '--enable-source-maps --require "@direct-logging/auto"',
    '-r ./node_modules/@direct-logging/auto/dist/index.js',
  ])('finds the preload that %s names', (options) => {
    expect(verdictOn(options)).toBe('ok');
  });

  it('finds it by its file from anywhere', () => {
    expect(verdictOn(`--import ${pathToFileURL(file).href}`, tmpdir())).toBe('ok');
    expect(verdictOn(`--require=${file}`, tmpdir())).toBe('ok');
    expect(verdictOn('--require /checkout/packages/auto/dist/index.cjs')).toBe('fail');
  });

  it('tells that it is not found from another directory', () => {
    expect(verdictOn('--import @direct-logging/auto', tmpdir())).toBe('fail');
    expect(verdictOn(`--require ${file}x`)).toBe('fail');
  });

  it.each([undefined, '', '--import ./other.js'])('takes no other for it (%s)', (options) => {
    expect(verdictOn(options)).toBe('note');
  });
});
