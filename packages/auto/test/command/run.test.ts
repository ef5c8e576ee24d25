import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../../src/command/run.ts';

const NOBODY = { VICTORIALOGS_URL: 'http://me:secret@127.0.0.1:1' };

async function runWith(args: string[], env: NodeJS.ProcessEnv = NOBODY) {
  const output = { out: '', error: '' };
  const status = await run(args, {
    env,
    print: (text) => {
      output.out += text;
    },
    printError: (text) => {
      output.error += text;
    },
  });
  return { status, ...output };
}

describe('the command', () => {
  it.each([['--help'], ['-h'], ['audit', '--help'], ['drain', '-h']])(
    'explains itself: %s %s',
    async (...args) => {
      const { status, out, error } = await runWith(args, {});
      expect([status, error]).toEqual([0, '']);
      expect(out).toMatch(/^Usage: direct-logging audit/);
    },
  );

  it.each([
    [[], 'expected a command, audit or drain; none came'],
    [['odit'], 'expected a command, audit or drain; got "odit"'],
    [['audit', '--what'], "Unknown option '--what'"],
    [['audit', 'me'], "Unexpected argument 'me'"],
    [['audit', '--since'], "Option '--since <value>' argument missing"],
    [['audit', '--since', 'noon'], '--since: expected a duration'],
    [['drain', '--timeout', '5'], '--timeout: expected a duration'],
    [['drain'], 'expected a directory in --dir or in VICTORIALOGS_SPOOL_DIR'],
    [['drain', '--dir', '/there/is/none'], 'there is no directory /there/is/none'],
  ])('refuses %j with status 2', async (args, message) => {
    const { status, out, error } = await runWith(args);
    expect([status, out]).toEqual([2, '']);
    expect(error).toContain(`direct-logging: ${message}`);
  });

  it.each([['audit'], ['drain', '--dir', '.']])('needs a server: %s', async (...args) => {
    const { status, error } = await runWith(args, {});
    expect(status).toBe(2);
    expect(error).toContain('VICTORIALOGS_URL: expected an http or https URL');
  });

  it('says that the server does not answer', async () => {
    const { status, error } = await runWith(['audit']);
    expect(status).toBe(2);
    expect(error).toMatch(/^direct-logging: http:\/\/127\.0\.0\.1:1 does not answer: /);
  });

  it('takes a file for no directory', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'command-'));
    writeFileSync(join(folder, 'file'), '');
    const { status } = await runWith(['drain', '--dir', join(folder, 'file')]);
    rmSync(folder, { recursive: true });
    expect(status).toBe(2);
  });
});
