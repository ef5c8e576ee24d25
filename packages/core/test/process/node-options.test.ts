import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { wordsOfOptions } from '../../src/process/node-options.ts';

const OPTIONS: ReadonlyArray<readonly [options: string, words: readonly string[]]> = [
  ['--no-warnings --title=a', ['--no-warnings', '--title=a']],
  ['  --no-warnings   --title=a ', ['--no-warnings', '--title=a']],
  ['--title="a b"', ['--title=a b']],
  ['"--title=a b" --no-warnings', ['--title=a b', '--no-warnings']],
  ['--title="a \\"b\\" \\\\"', ['--title=a "b" \\']],
  // Outside of quotes it is a character like any other.
  ['--title=a\\b', ['--title=a\\b']],
  ['--title=a"b "c', ['--title=ab c']],
];

describe('wordsOfOptions', () => {
  it.each(OPTIONS)('splits %s', (options, words) => {
    const found = [...wordsOfOptions(options)];
    expect(found.map(({ text }) => text)).toEqual(words);
  });

  it.each(OPTIONS)('splits %s as Node does', (options) => {
    const titles = [...wordsOfOptions(options)].filter(({ text }) => text.startsWith('--title='));
    const printed = execFileSync(process.execPath, ['-p', 'process.title'], {
      env: { ...process.env, NODE_OPTIONS: options },
      encoding: 'utf8',
    });
    expect(printed).toBe(`${titles.map(({ text }) => text.slice('--title='.length)).join()}\n`);
  });

  it('says where each word is, quotes included', () => {
    const options = ' --a="b c"  "--d"';
    const places = [...wordsOfOptions(options)].map(({ start, end }) => options.slice(start, end));
    expect(places).toEqual(['--a="b c"', '"--d"']);
  });

  it('reads a quote that is never closed to the end', () => {
    expect([...wordsOfOptions('--a "b c')].map(({ text }) => text)).toEqual(['--a', 'b c']);
    expect([...wordsOfOptions('"a \\')].map(({ text }) => text)).toEqual(['a ']);
  });

  it('finds nothing in an empty variable', () => {
    expect([...wordsOfOptions('')]).toEqual([]);
  });
});
