import { expect, it } from 'vitest';
import { describeSettings } from '../src/describe-settings.ts';

it('says which values must not be shown', () => {
  const secret = describeSettings().filter(({ isSecret }) => isSecret);
  expect(secret.map(({ option }) => option)).toEqual([
    'url',
    'username',
    'password',
    'bearerToken',
    'redact',
  ]);
});
