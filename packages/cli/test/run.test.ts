import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS, type CommandName } from '../src/commands.ts';
import { parseDuration, run } from '../src/run.ts';

const NOBODY = { VICTORIALOGS_URL: 'http://me:secret@127.0.0.1:1' };

async function runWith(args: string[], env: NodeJS.ProcessEnv = NOBODY) {
  const output = { out: '', error: '' };
  const status = await run(args, {
    env,
    print: (text) => {
      output.out += text;
    },
    say: (sentence) => {
      output.error += `${sentence}\n`;
    },
    signal: new AbortController().signal,
    version: '1.2.3',
  });
  return { status, ...output };
}

describe('the command', () => {
  it.each([[], ['--help'], ['-h'], ['help']])('explains itself: %s', async (...args) => {
    const { status, out, error } = await runWith(args, {});
    expect([status, error]).toEqual([0, '']);
    expect(out).toMatch(/^Usage: direct-logging COMMAND/);
    for (const name of Object.keys(COMMANDS)) expect(out).toContain(`\n  ${name} `);
  });

  it.each(Object.keys(COMMANDS))('explains %s, with every option in it', async (name) => {
    const { status, out, error } = await runWith([name, '--help'], {});
    expect([status, error]).toEqual([0, '']);
    expect(out).toMatch(new RegExp(`^Usage: direct-logging ${name}\\b`));
    const { options } = COMMANDS[name as CommandName];
    for (const option of Object.keys(options)) expect(out).toContain(`--${option}`);
    expect(out).toContain('Exit status: ');
  });

  it('tells its version', async () => {
    expect(await runWith(['--version'])).toEqual({ status: 0, out: '1.2.3\n', error: '' });
  });

  it.each([
    [
      ['odit'],
      'the command must be one of doctor, tail, run, open, audit, drain; got "odit". --help',
    ],
    [['audit', '--what'], "Unknown option '--what'"],
    [['audit', 'me'], "Unexpected argument 'me'"],
    [['audit', '--since'], "Option '--since <value>' argument missing"],
    [['tail', 'a', 'b'], "Unexpected argument 'b'"],
    [['tail', '--level', 'loud'], '--level: must be one of TRACE'],
    [['run'], 'a program must be named: direct-logging run'],
    [['run', '--what', 'ls'], 'a program must be named'],
    [['audit', '--since', 'noon'], '--since: must be a duration'],
    [['drain', '--timeout', '5'], '--timeout: must be a duration'],
    [['drain'], 'a directory must be named by --dir or VICTORIALOGS_SPOOL_DIR'],
    [['drain', '--dir', '/there/is/none'], 'there is no directory /there/is/none'],
  ])('refuses %j with status 2', async (args, message) => {
    const { status, out, error } = await runWith(args);
    expect([status, out]).toEqual([2, '']);
    expect(error.startsWith(message)).toBe(true);
  });

  it.each([['audit'], ['drain', '--dir', '.'], ['tail', '-f'], ['open']])(
    'needs a server: %s',
    async (...args) => {
      const { status, error } = await runWith(args, {});
      expect(status).toBe(2);
      expect(error).toContain('VICTORIALOGS_URL is not set');
    },
  );

  it('says that the server does not answer', async () => {
    const { status, error } = await runWith(['audit']);
    expect(status).toBe(2);
    expect(error).toMatch(/^http:\/\/127\.0\.0\.1:1 does not answer: /);
  });

  it('does not take a file for a directory', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'command-'));
    writeFileSync(join(folder, 'file'), '');
    const { status } = await runWith(['drain', '--dir', join(folder, 'file')]);
    rmSync(folder, { recursive: true });
    expect(status).toBe(2);
  });
});

it.each([
  ['250ms', 250],
  ['30s', 30_000],
  ['1h', 3_600_000],
  ['1h30m', 5_400_000],
  ['1.5h', 5_400_000],
  ['7d', 604_800_000],
  ['2w', 1_209_600_000],
])('reads %s', (text, ms) => {
  expect(parseDuration(text, '--since')).toBe(ms);
});

it.each(['', '1', 'h', '0s', '-1h', '1 h', '1y', '1h!', `${'9'.repeat(30)}d`])(
  'refuses "%s", naming the option',
  (text) => {
    expect(() => parseDuration(text, '--since')).toThrow(/^--since: must be a duration such as/);
  },
);
