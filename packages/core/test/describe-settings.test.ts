import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { describeSettings } from '../src/describe-settings.ts';

const settings = describeSettings();
const source = readFileSync(new URL('../src/transport-options.ts', import.meta.url), 'utf8');

describe('describeSettings', () => {
  it.each(settings.filter(({ isOption }) => isOption))(
    'tells of $option what its docstring tells',
    ({ option, variable }) => {
      const [, docstring = ''] =
        new RegExp(`/\\*\\*((?:(?!\\*/)[^])*)\\*/\\n {2}readonly ${option}\\?:`).exec(source) ?? [];
      expect(docstring).toContain('Environment:');
      expect(docstring).toMatch(new RegExp(`\`${variable}\\b`));
      expect(docstring).toContain('Default:');
    },
  );

  it('says which values must not be shown', () => {
    const secret = settings.filter(({ isSecret }) => isSecret).map(({ option }) => option);
    expect(secret).toEqual(['url', 'username', 'password', 'bearerToken', 'redact']);
  });

  it('says of quantities what they are counted in', () => {
    const units = settings.flatMap(({ option, unit }) => (unit ? [[option, unit]] : []));
    expect(Object.fromEntries(units)).toEqual({
      maxQueueBytes: 'bytes',
      spoolMaxBytes: 'bytes',
      flushTimeoutMs: 'milliseconds',
      exitTimeoutMs: 'milliseconds',
    });
  });
});
