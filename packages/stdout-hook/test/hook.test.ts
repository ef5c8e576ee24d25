import { describe, expect, it } from 'vitest';
import { type CapturedRecord, fixturePath, type RunOptions, runFixture } from './run-fixture.ts';

const texts = (records: readonly CapturedRecord[]): string[] => records.map(({ text }) => text);

/** Records without what the warning texts tell about the process. */
function brief(records: readonly CapturedRecord[]): string[] {
  return records.map(({ text, level, stream, logger, error }) =>
    [stream, logger, level ?? '-', text, ...(error === undefined ? [] : [error])].join('|'),
  );
}

describe('a hooked program prints what it prints without direct-logging', () => {
  const programs: [string, RunOptions?][] = [
    ['consoles.mjs'],
    ['consoles.mjs', { output: 'pipe' }],
    ['trace.mjs'],
    ['raw.mjs', { output: 'pipe' }],
    ['raw.mjs', { env: { TARGET_THROWS: '1' } }],
    ['interleaved.mjs', { output: 'pipe' }],
    ['refused-writes.mjs', { output: 'pipe' }],
    ['descriptors.mjs', { output: 'pipe' }],
    ['warnings.mjs'],
    ['threads.mjs', { output: 'pipe' }],
    ['inspects.mjs'],
    ['terminations.mjs', { args: ['throw'] }],
    ['terminations.mjs', { args: ['throw-text'] }],
    ['terminations.mjs', { args: ['reject'] }],
    ['terminations.mjs', { args: ['handled'] }],
    ['terminations.mjs', { args: ['exit'] }],
    ['exits-hard.mjs'],
  ];
  it.each(programs)('%s %o', (name, options) => {
    const { records, ...hooked } = runFixture(name, options);
    const { records: none, ...bare } = runFixture(name, { ...options, hook: false });
    // Threads print in any order.
    if (name === 'threads.mjs') {
      for (const run of [hooked, bare]) run.stdout = run.stdout.split('\n').sort().join('\n');
    }
    expect(hooked).toEqual(bare);
    expect(none).toEqual([]);
    if (name !== 'inspects.mjs') expect(records.length).toBeGreaterThan(0);
  });
});

describe('captured exactly once, in order', () => {
  it('console methods, one message each', () => {
    const { records } = runFixture('consoles.mjs');
    const table =
      '┌─────────┬───┐\n│ (index) │ a │\n├─────────┼───┤\n│ 0       │ 1 │\n└─────────┴───┘';
    expect(brief(records.slice(0, -1))).toEqual([
      'stdout|console|-|plain text',
      'stdout|console|INFO|info',
      'stderr|console|WARN|warn',
      'stderr|console|ERROR|failed: Error: broken\n    at here|broken',
      'stdout|console|DEBUG|debug',
      'stdout|console|-|two\nlines',
      'stdout|console|-|{ a: 1n }',
      'stdout|console|-|{"big":12345678901234567890}',
      'stdout|console|-|{ a: [Object] }',
      'stdout|console|-|dirxml',
      `stdout|console|-|${table}`,
      'stdout|console|-|group',
      'stdout|console|-|  inside\n  twice',
      'stdout|console|-|default: 1',
      'stderr|console|WARN|Assertion failed: assertion',
      'stdout|console|-|red link',
      'stdout|console|-|own\nconsole',
      'stderr|console|ERROR|own error',
      `stdout|console|-|${table.replace('a', '0')}`,
      'stdout|console|WARN|special',
      'stdout|console|-|half and half',
      'stdout|stdout|-|unfinished',
      'stdout|console|-|{"complete":true}',
      'stdout|console|-|detached',
      'stderr|console|WARN|😀 ünï',
    ]);
    expect(records.at(-1)?.text).toContain("No such label 'nothing'");
  });

  it('console.trace', () => {
    const { records } = runFixture('trace.mjs');
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({ level: 'TRACE', stream: 'stderr', logger: 'console' });
    expect(records[0]?.text).toMatch(/^Trace: where am I\n {4}at outer/);
  });

  it.each(['file', 'pipe'] as const)('stream writes into a %s', (output) => {
    const { records } = runFixture('raw.mjs', { output });
    const of = (stream: string) => texts(records.filter((record) => record.stream === stream));
    expect(of('stdout')).toEqual([
      'one line',
      'two',
      'lines',
      'first second third',
      'smile 😀',
      'high 😀 low',
      'hex hex',
      'base64',
      'café',
      'u8',
      'corked 1',
      'corked 2',
      '100%',
      '2/2',
      'kept\rwhole',
      'piped text',
      'and more',
      'without newline',
      ' until exit',
      'last',
    ]);
    expect(of('stderr')).toEqual([
      'Error: x\n    at a\n    at b',
      'next',
      'Error: y\n    at c\n    at d',
      'warn: colours',
      'ERR_STREAM_NULL_VALUES',
      'callback true',
    ]);
  });

  it.each(['file', 'pipe'] as const)('descriptor writes into a %s', (output) => {
    const { records } = runFixture('descriptors.mjs', { output });
    expect(texts(records)).toEqual([
      'stream',
      'named import',
      'buffer on 2',
      'options',
      'vector',
      'file',
      'file buffer',
      'appended',
      'promisified',
      '12 promisified',
      'callback',
      'async file',
      'stream of fd 1',
      'second',
      'end',
      'ERR_INVALID_ARG_TYPE',
    ]);
  });

  it.each(['file', 'pipe'] as const)('parts of lines, whoever writes them into a %s', (output) => {
    const { records } = runFixture('interleaved.mjs', { output });
    expect(texts(records)).toEqual([
      'dangling fd write',
      'rest',
      'descriptor, console',
      'é',
      '3%',
      'entry\n  name: value',
      'x'.repeat(300_000),
      '> ',
    ]);
  });

  it.each(['file', 'pipe'] as const)('nothing of what a stream into a %s refuses', (output) => {
    const { records } = runFixture('refused-writes.mjs', { output });
    const printed = [
      'begin, ERR_UNKNOWN_ENCODING',
      'ERR_UNKNOWN_ENCODING',
      'bytes',
      'UTF-8 in capitals',
    ];
    expect(texts(records)).toEqual([...printed, ...printed, 'end']);
  });

  it('a descriptor write that is tried again', () => {
    const nodeOptions = ['--require', fixturePath('stubborn-descriptor.cjs')];
    const { records, stdout } = runFixture('refusing.mjs', { nodeOptions });
    expect(texts(records)).toEqual(['a line that is taken in pieces', 'next', 'next']);
    expect(stdout).toBe('a line that is taken in pieces\nnext\nnext\n');
  });

  it.each(['file', 'pipe'] as const)(
    'a stream into a %s that somebody has kept before us',
    (output) => {
      const nodeOptions = ['--require', fixturePath('keeps-stream.cjs')];
      const { records } = runFixture('kept.mjs', { nodeOptions, output });
      expect(texts(records)).toEqual(['to the kept one', 'by the console']);
    },
  );

  it('the output of a worker thread', () => {
    const { records } = runFixture('threads.mjs');
    expect(brief(records).sort()).toEqual([
      'stderr|console|ERROR|worker error',
      'stdout|console|-|main',
      'stdout|console|-|worker log',
      // Bytes in the encoding that the thread has chosen, which are no UTF-8.
      'stdout|stdout|-|worker caf\ufffd',
      'stdout|stdout|-|worker descriptor',
      'stdout|stdout|-|worker stream',
    ]);
  });

  it('warnings that Node prints, but not ours', () => {
    const { records } = runFixture('warnings.mjs');
    expect(records.every(({ level, stream }) => level === 'WARN' && stream === 'stderr')).toBe(
      true,
    );
    expect(texts(records).map((text) => text.replace(/^\(node:\d+\) /, ''))).toEqual([
      '[APP1] Warning: careful\nin detail\n(Use `node --trace-warnings ...` to show where the warning was created)',
      '[DEP_APP] DeprecationWarning: old',
      'Warning: again',
    ]);
    expect(runFixture('warnings.mjs', { nodeOptions: ['--no-warnings'] }).records).toEqual([]);
  });

  it('lines before a SIGKILL', () => {
    const { records, status } = runFixture('exits-hard.mjs');
    expect(texts(records)).toEqual(['first', 'second']);
    expect(status).toBe('137');
  });

  it('what is captured when the target throws or prints', () => {
    const expected = texts(runFixture('raw.mjs').records);
    expect(texts(runFixture('raw.mjs', { env: { TARGET_THROWS: '1' } }).records)).toEqual(expected);
    expect(texts(runFixture('raw.mjs', { env: { TARGET_PRINTS: '1' } }).records)).toEqual(expected);
  });
});

describe('an unfinished line and the fatal error', () => {
  it.each([
    ['throw', 'RangeError: thrown\n', 'thrown'],
    ['throw-text', "Uncaught 'just text'", 'just text'],
    ['reject', 'Error: rejected\n', 'rejected'],
  ])('%s', (way, start, error) => {
    const { records } = runFixture('terminations.mjs', { args: [way] });
    expect(texts(records)[0]).toBe('unfinished');
    expect(records.slice(1)).toMatchObject([{ level: 'FATAL', stream: 'stderr', error }]);
    expect(records[1]?.text.startsWith(start)).toBe(true);
  });

  it('are left to an application that handles the error', () => {
    const { records } = runFixture('terminations.mjs', { args: ['handled'] });
    expect(texts(records)).toEqual(['handled it', 'unfinished']);
  });

  it('process.exit', () => {
    expect(texts(runFixture('terminations.mjs', { args: ['exit'] }).records)).toEqual([
      'unfinished',
    ]);
  });
});

describe("Lambda's runtime client", () => {
  const env = { AWS_LAMBDA_RUNTIME_API: 'localhost' };
  const expected = [
    'stdout|console|-|before',
    'stdout|console|-|hello world',
    'stdout|console|INFO|ERROR: only said',
    'stdout|console|-|WARN: said and meant',
    'stdout|console|WARN|two\nlines',
    'stdout|console|ERROR|failed Error: broken\n    at here|broken',
    'stdout|console|FATAL|fatal',
    'stdout|console|-|own \r return\nnewline',
    'stdout|console|-|{"a":1}',
    'stdout|console|-|┌─────────┬───┐\n│ (index) │ a │\n├─────────┼───┤\n│ 0       │ 1 │\n└─────────┴───┘',
    "stdout|console|-|'dir'",
    'stdout|stdout|-|raw',
    'stdout|console|-|my ***\nword',
  ];

  it('printing text on stdout', () => {
    expect(brief(runFixture('runtime-client.mjs', { env }).records)).toEqual(expected);
  });

  it('writing frames to the telemetry descriptor', () => {
    const options = { env: { ...env, _LAMBDA_TELEMETRY_LOG_FD: '5' }, fifthDescriptor: true };
    expect(brief(runFixture('runtime-client.mjs', options).records)).toEqual(expected);
  });

  it('printing JSON', () => {
    const options = { env: { ...env, AWS_LAMBDA_LOG_FORMAT: 'JSON' } };
    const { records } = runFixture('runtime-client.mjs', options);
    const messages = texts(records).map((text) =>
      text[0] === '{' ? (JSON.parse(text).message ?? text) : text,
    );
    expect(messages).toEqual(expected.map((line) => line.split('|')[3]));
  });
});

it.each(['file', 'pipe'] as const)(
  'into a %s: the undo restores what stood there, whoever put it, and passes through what was patched on top',
  (output) => {
    const { stdout, stderr } = runFixture('undone.mjs', { hook: false, output });
    const lines = stdout.split('\n');
    expect(lines.slice(0, 3)).toEqual(['captured', 'left overnot captured', 'captured again']);
    expect(stderr).toBe('<patched before>\n<passed through>\n');
    const { records, restored } = JSON.parse(lines[3] ?? '');
    expect(records).toEqual(['captured', 'patched before', 'left over', 'captured again']);
    expect(restored).toEqual(Array(9).fill(true));
  },
);
