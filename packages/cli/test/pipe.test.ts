import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it, vi } from 'vitest';
import { openPipe } from '../src/pipe.ts';

const ours = () => readdirSync(tmpdir()).filter((name) => /^direct-logging-.{6}$/.test(name));

it.skipIf(process.platform === 'win32')(
  'is one that a program can open by its name, and that ends with the program',
  async () => {
    const before = ours();
    const { writeEnd, readable, closeWriteEnd } = openPipe();
    expect(ours()).toEqual(before);
    const child = spawn('sh', ['-c', 'echo one; echo two > /dev/stdout'], {
      stdio: ['ignore', writeEnd, 'inherit'],
    });
    closeWriteEnd();
    if (readable === undefined) throw new Error('it is a socket');
    expect(await text(readable)).toBe('one\ntwo\n');
    if (child.exitCode === null) await once(child, 'exit');
    expect(child.exitCode).toBe(0);
  },
);

it.skipIf(process.platform !== 'linux')(
  'needs no temporary folder where there is shared memory',
  () => {
    vi.stubEnv('TMPDIR', '/there/is/none');
    const { writeEnd, readable, closeWriteEnd } = openPipe();
    vi.unstubAllEnvs();
    expect(writeEnd).toBeTypeOf('number');
    readable?.destroy();
    closeWriteEnd();
  },
);

it('is a socket of Node where no pipe can be made', () => {
  vi.stubEnv('PATH', '');
  expect(openPipe()).toMatchObject({ writeEnd: 'pipe', readable: undefined });
  vi.unstubAllEnvs();
});

it('is a socket on Windows, where a name without a folder is looked up in the working directory first', () => {
  const platform = vi.spyOn(process, 'platform', 'get').mockReturnValue('win32');
  expect(openPipe()).toMatchObject({ writeEnd: 'pipe', readable: undefined });
  platform.mockRestore();
});

it.skipIf(process.platform === 'win32')(
  'is a pipe although somebody has put a file into its folder, which is then left behind',
  () => {
    const before = ours();
    const { PATH = '' } = process.env;
    const folder = mkdtempSync(join(tmpdir(), 'mkfifo-'));
    const script = `#!/bin/sh\nPATH="${PATH}" mkfifo "$@" && : > "$(dirname "$3")/more"\n`;
    writeFileSync(join(folder, 'mkfifo'), script, { mode: 0o755 });
    process.env.PATH = `${folder}:${PATH}`;
    try {
      const { readable, closeWriteEnd } = openPipe();
      expect(readable).toBeDefined();
      readable?.destroy();
      closeWriteEnd();
    } finally {
      process.env.PATH = PATH;
      const left = ours().filter((name) => !before.includes(name));
      for (const name of [...left.map((one) => join(tmpdir(), one)), folder])
        rmSync(name, { recursive: true });
    }
  },
);
