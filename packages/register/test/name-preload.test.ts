import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  absoluteInArguments,
  absoluteInOptions,
  namePreloadAbsolutely,
} from '../src/name-preload.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'name-preload-'));
  mkdirSync(join(folder, 'app'));
  writeFileSync(join(folder, 'app/hook.cjs'), '');
  writeFileSync(join(folder, 'package.json'), '{"name":"direct-logging"}');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function named(file: string): string | undefined {
  const ours = join(folder, 'elsewhere.cjs');
  const env = { NODE_OPTIONS: `--require ${join(folder, file)}` };
  namePreloadAbsolutely(env, {
    specifiers: ['direct-logging'],
    importUrl: pathToFileURL(ours).href,
    requirePath: ours,
  });
  return env.NODE_OPTIONS;
}

it('takes a file of a package with the name of the preload for the preload', () => {
  writeFileSync(join(folder, 'elsewhere.cjs'), '');
  expect(named('app/hook.cjs')).toBe(`--require ${join(folder, 'elsewhere.cjs')}`);
});

it.runIf(process.geteuid?.() === 0)(
  'believes no name that another user has put into a shared folder',
  () => {
    writeFileSync(join(folder, 'elsewhere.cjs'), '');
    chmodSync(folder, 0o1777);
    chownSync(join(folder, 'package.json'), 65_534, 65_534);
    expect(named('app/hook.cjs')).toBe(`--require ${join(folder, 'app/hook.cjs')}`);
  },
);

const preload = {
  specifiers: ['@direct-logging/auto'],
  importUrl: 'file:///srv/my%20app/import.js',
  requirePath: '/srv/my app/index.js',
};
const OURS = [
  './auto/index.js',
  '/srv/auto/index.js',
  'C:\\auto\\index.js',
  'file:///srv/auto/index.js',
];
const isOurs = (place: string) => OURS.includes(place);
const QUOTED = '"/srv/my app/index.js"';

describe('absoluteInOptions', () => {
  it.each([
    ['--import @direct-logging/auto', `--import ${preload.importUrl}`],
    ['--import=@direct-logging/auto', `--import=${preload.importUrl}`],
    ['--import "@direct-logging/auto"', `--import ${preload.importUrl}`],
    ['"--import=@direct-logging/auto"', `--import=${preload.importUrl}`],
    ['--require @direct-logging/auto', `--require ${QUOTED}`],
    ['--require=@direct-logging/auto', '"--require=/srv/my app/index.js"'],
    ['-r @direct-logging/auto', `-r ${QUOTED}`],
    ['--import ./auto/index.js', `--import ${preload.importUrl}`],
    ['--import /srv/auto/index.js', `--import ${preload.importUrl}`],
    ['--import=file:///srv/auto/index.js', `--import=${preload.importUrl}`],
    ['-r "C:\\\\auto\\\\index.js"', `-r ${QUOTED}`],
    [
      '  --max-old-space-size=64  --import  @direct-logging/auto   --no-warnings ',
      `  --max-old-space-size=64  --import  ${preload.importUrl}   --no-warnings `,
    ],
    [
      '--import @direct-logging/auto -r @direct-logging/auto',
      `--import ${preload.importUrl} -r ${QUOTED}`,
    ],
  ])('%s', (before, after) => {
    expect(absoluteInOptions(before, preload, isOurs)).toBe(after);
    expect(absoluteInOptions(after, preload, isOurs)).toBe(after);
  });

  it.each([
    '',
    '--import @direct-logging/auto-mate',
    '--import ./instrument.mjs',
    '--import file:///elsewhere/auto/import.js',
    '--require "/a path with \\"quotes\\"/x.js" --title @direct-logging/auto',
    '--title "say --import @direct-logging/auto"',
    '--import "unfinished @direct-logging/auto',
    '--import',
    '--import=',
  ])('leaves alone: %s', (options) => {
    expect(absoluteInOptions(options, preload, isOurs)).toBe(options);
  });
});

describe('absoluteInArguments', () => {
  it('replaces both spellings and keeps the rest', () => {
    expect(
      absoluteInArguments(
        ['--no-warnings', '--import', '@direct-logging/auto', '--require=@direct-logging/auto'],
        preload,
        isOurs,
      ),
    ).toEqual(['--no-warnings', '--import', preload.importUrl, `--require=${preload.requirePath}`]);
  });

  it('replaces nothing else', () => {
    const others = ['--import', 'tsx', '@direct-logging/auto', '--import=./other.mjs'];
    expect(absoluteInArguments(others, preload, isOurs)).toEqual(others);
  });
});
