import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'auto-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** Nobody listens there. */
const ADDRESS = { VICTORIALOGS_URL: 'http://127.0.0.1:9' };
const COMMENT = '/* of same length  */';
/** Of the same length. */
const OTHER = 'process.exitCode = 7;';
const DAMAGED = 24;

describe('a code cache', () => {
  const program = `console.log(Object.keys(require.cache).map((path) => path.split('/').at(-1)).join())`;
  const start = (dist: string) => {
    const flags = ['--require', join(dist, 'index.cjs'), '--eval', program];
    const env = { PATH: process.env.PATH, VICTORIALOGS_EXIT_TIMEOUT_MS: '100', ...ADDRESS };
    return spawnSync(process.execPath, flags, { env, encoding: 'utf8' });
  };

  /** A copy of the preload with its cache, and a comment in its first file that a test can make a statement. */
  const made = (): { readonly dist: string; readonly first: string; readonly cache: string } => {
    const dist = join(folder, 'dist');
    cpSync(join(import.meta.dirname, '../dist'), dist, { recursive: true });
    const first = join(dist, 'first.cjs');
    appendFileSync(first, `\n${COMMENT}`);
    const cache = join(dist, 'first.cache');
    const { status, stderr, stdout } = spawnSync(process.execPath, [join(dist, 'code-cache.cjs')], {
      encoding: 'utf8',
    });
    expect({ status, stderr, stdout }).toEqual({ status: 0, stderr: '', stdout: `${cache}\n` });
    return { dist, first, cache };
  };

  it('is made by a command, used where it is, and ignored where it does not fit', () => {
    const { dist, cache } = made();
    const used = start(dist);
    expect(used.status).toBe(0);
    // Another file of ours would load the first one from its source.
    expect(used.stdout).toBe('index.cjs,auto-first-file.cjs,first.cjs\n');

    writeFileSync(cache, readFileSync(cache).subarray(0, 1000));
    expect(start(dist)).toMatchObject({ status: 0, stdout: used.stdout });
  });

  it('that others may write to is not used', () => {
    const { dist, first, cache } = made();
    const source = readFileSync(first);
    writeFileSync(first, source.toString().replace(COMMENT, OTHER));
    spawnSync(process.execPath, [join(dist, 'code-cache.cjs')]);
    writeFileSync(first, source);
    // V8 runs what others have put there, whatever the source is.
    const changed = readFileSync(cache);
    source.copy(changed, 8);
    writeFileSync(cache, changed);
    expect(start(dist).status).toBe(7);
    chmodSync(cache, 0o666);
    expect(start(dist).status).toBe(0);
  });

  it('with damaged bytes is not used, wherever they are', () => {
    const { dist, cache } = made();
    const whole = readFileSync(cache);
    const { stdout } = start(dist);
    for (let at = 0; at < DAMAGED; at++) {
      const damaged = Buffer.from(whole);
      const from = Math.floor((at * (whole.length - 8)) / (DAMAGED - 1));
      for (let byte = from; byte < from + 8; byte++) damaged[byte] = (damaged[byte] ?? 0) ^ 0xa5;
      writeFileSync(cache, damaged);
      expect([from, start(dist)]).toMatchObject([from, { status: 0, signal: null, stdout }]);
    }
  });

  it('of another text of the same length is not used', () => {
    const { dist, first } = made();
    writeFileSync(first, readFileSync(first, 'utf8').replace(COMMENT, OTHER));
    expect(start(dist).status).toBe(7);
  });
});
