import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { namePreloadAbsolutely } from '../src/name-preload.ts';

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
