import { readFileSync } from 'node:fs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { Level } from '../../src/record/record.ts';
import { allSettings, type TransportOptions } from '../../src/settings/table.ts';

const source = readFileSync(new URL('../../src/settings/table.ts', import.meta.url), 'utf8');

/** A default as a docstring says it; undefined where it is none, or in other words. */
function inWords(value: unknown): string | undefined {
  if (typeof value === 'boolean') return value ? 'on.' : 'off.';
  if (typeof value === 'number') return value.toLocaleString('en-US');
  return Array.isArray(value) ? `\`${value}\`.` : undefined;
}

describe('a docstring', () => {
  it.each(allSettings().filter(([name]) => name !== 'level'))(
    'of %s tells its variable and its default',
    (name, { variable, value }) => {
      const [, docstring = ''] =
        new RegExp(`/\\*\\*((?:(?!\\*/)[^])*)\\*/\\n {2}${name}: setting`).exec(source) ?? [];
      const text = docstring.replace(/\s+(?:\* )?/g, ' ');
      expect(text).toContain(`Environment: \`${variable}\``);
      expect(text).toContain(`Default: ${inWords(value) ?? ''}`);
    },
  );
});

it('says which values must not be shown', () => {
  const secret = allSettings().filter(([, { isSecret }]) => isSecret);
  expect(secret.map(([name]) => name)).toEqual([
    'url',
    'username',
    'password',
    'passwordFile',
    'bearerToken',
    'bearerTokenFile',
    'redact',
  ]);
});

it('gives each option its type', () => {
  expectTypeOf<TransportOptions>().toExtend<{
    readonly url?: string | undefined;
    readonly level?: Level | Lowercase<Level> | 'OFF' | 'off' | undefined;
    readonly streamFields?: readonly string[] | undefined;
    readonly accountId?: number | undefined;
    readonly loggers?: 'all' | 'printed' | undefined;
    readonly redact?: readonly (string | RegExp)[] | undefined;
    readonly debug?: boolean | undefined;
  }>();
  expectTypeOf<'lambdaExtension'>().not.toExtend<keyof TransportOptions>();
});
