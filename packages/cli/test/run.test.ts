import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS, type CommandName } from '../src/commands.ts';
import { run } from '../src/run.ts';
import { showCommandUsage, showUsage } from '../src/usage.ts';

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
    hasColours: false,
    signal: new AbortController().signal,
    version: '1.2.3',
  });
  return { status, ...output };
}

describe('the command', () => {
  it.each([['--help'], ['-h'], ['help']])('explains itself: %s', async (...args) => {
    const { status, out, error } = await runWith(args, {});
    expect([status, error]).toEqual([0, '']);
    expect(out).toMatch(/^Usage: direct-logging COMMAND/);
    for (const name of Object.keys(COMMANDS)) expect(out).toContain(`\n  ${name} `);
  });

  it.each(Object.keys(COMMANDS))('explains %s, with every option in it', async (name) => {
    const { status, out, error } = await runWith([name, '--help'], {});
    expect([status, error]).toEqual([0, '']);
    expect(out).toMatch(new RegExp(`^Usage: direct-logging ${name} `));
    const { options } = COMMANDS[name as CommandName];
    for (const option of Object.keys(options)) expect(out).toContain(`--${option}`);
    expect(out).toContain('Exit status: ');
  });

  it('fits 120 columns', async () => {
    const texts = [
      showUsage(),
      ...Object.keys(COMMANDS).map((n) => showCommandUsage(n as CommandName)),
    ];
    const lines = texts.flatMap((text) => text.split('\n'));
    expect(lines.filter(({ length }) => length > 120)).toEqual([]);
  });

  it('tells its version', async () => {
    expect(await runWith(['--version'])).toEqual({ status: 0, out: '1.2.3\n', error: '' });
  });

  it('prints a link to the web interface, with tenant, range and fields', async () => {
    const env = { ...NOBODY, VICTORIALOGS_ACCOUNT_ID: '12' };
    const { out } = await runWith(['open', 'level:=ERROR a+b', '--fields', '_msg,req.url'], env);
    expect(out).not.toContain('secret');
    const [before, after = ''] = out.trim().split('#/?');
    expect(before).toBe('http://127.0.0.1:1/select/vmui/?');
    expect(Object.fromEntries(new URLSearchParams(after))).toEqual({
      query: 'level:=ERROR a+b',
      'g0.range_input': '15m',
      'g0.relative_time': 'last_15_minutes',
      displayFields: '_msg,req.url',
      accountID: '12',
      projectID: '0',
    });
    const hours = await runWith(['open', '--since', '7h']);
    expect(hours.out).toMatch(/g0\.range_input=7h&g0\.relative_time=none&g0\.end_input=\d{4}-/);
  });

  it.each([
    [[], 'expected a command (doctor, tail, run, open, audit, drain, completion); none came'],
    [
      ['odit'],
      'expected a command (doctor, tail, run, open, audit, drain, completion); got "odit"',
    ],
    [['audit', '--what'], "Unknown option '--what'"],
    [['audit', 'me'], "Unexpected argument 'me'"],
    [['audit', '--since'], "Option '--since <value>' argument missing"],
    [['tail', 'a', 'b'], "Unexpected argument 'b'"],
    [['tail', '--level', 'loud'], '--level: expected one of TRACE'],
    [['completion', 'fish'], 'expected bash or zsh, got "fish"'],
    [['run'], 'expected a program'],
    [['run', '--what', 'ls'], 'expected a program'],
    [['audit', '--since', 'noon'], '--since: expected a duration'],
    [['drain', '--timeout', '5'], '--timeout: expected a duration'],
    [['drain'], 'expected a directory in --dir or in VICTORIALOGS_SPOOL_DIR'],
    [['drain', '--dir', '/there/is/none'], 'there is no directory /there/is/none'],
  ])('refuses %j with status 2', async (args, message) => {
    const { status, out, error } = await runWith(args);
    expect([status, out]).toEqual([2, '']);
    expect(error).toContain(`direct-logging: ${message}`);
  });

  it.each([['audit'], ['drain', '--dir', '.'], ['tail', '-f'], ['open']])(
    'needs a server: %s',
    async (...args) => {
      const { status, error } = await runWith(args, {});
      expect(status).toBe(2);
      expect(error).toContain('VICTORIALOGS_URL: expected an http or https URL');
    },
  );

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
