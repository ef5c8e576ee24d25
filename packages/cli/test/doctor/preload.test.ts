import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
  file = join(installed, 'dist/index.cjs');
  writeFileSync(file, '');
  writeFileSync(join(installed, 'package.json'), '{"main":"./dist/index.cjs"}');
  mkdirSync(join(folder, 'with space'));
  cpSync(join(folder, 'node_modules'), join(folder, 'with space/node_modules'), {
    recursive: true,
  });
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
    '-r ./node_modules/@direct-logging/auto/dist/index.cjs',
    '--require "./with space/node_modules/@direct-logging/auto/dist/index.cjs"',
    '"--require=./with space/node_modules/@direct-logging/auto/dist/index.cjs" --no-warnings',
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

  it.each(['@direct-logging/register', './node_modules/@direct-logging/core/dist/index.js'])(
    'takes no part of the preload for it: %s',
    (part) => expect(verdictOn(`--import ${part}`)).toBe('fail'),
  );

  it('finds a script that replaces the variable', () => {
    const text = '{"scripts":{"start":"NODE_OPTIONS=--no-warnings node app.js"}}';
    const directory = mkdtempSync(join(folder, 'shop-'));
    const manifest = join(directory, 'package.json');
    writeFileSync(manifest, text);
    const checks = checkPreload({ NODE_OPTIONS: `--require ${file}` }, directory);
    expect(checks.at(-1)).toMatchObject({
      verdict: 'warn',
      finding: expect.stringContaining('"start"'),
    });
    writeFileSync(manifest, text.replace('--no-warnings', '--import=direct-logging'));
    expect(checkPreload({ NODE_OPTIONS: `--require ${file}` }, directory)).toHaveLength(2);
  });

  it.each([undefined, '', '--import ./other.js', '--title direct-logging'])(
    'takes no other for it (%s)',
    (options) => {
      expect(verdictOn(options)).toBe('note');
    },
  );
});
