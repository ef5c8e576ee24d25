import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
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

it('is a socket of Node where there is no place for a pipe', () => {
  const { TMPDIR } = process.env;
  process.env.TMPDIR = '/there/is/none';
  try {
    expect(openPipe()).toMatchObject({ writeEnd: 'pipe', readable: undefined });
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  }
});
