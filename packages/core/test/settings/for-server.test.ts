import { describe, expect, it } from 'vitest';
import { completeOptions } from '../../src/options.ts';
import { environmentFor } from '../../src/settings/for-server.ts';

const SECRETS = {
  VICTORIALOGS_USERNAME: 'u',
  VICTORIALOGS_PASSWORD: 'p',
  VICTORIALOGS_PASSWORD_FILE: '/run/p',
  VICTORIALOGS_BEARER_TOKEN: 't',
  VICTORIALOGS_BEARER_TOKEN_FILE: '/run/t',
  VICTORIALOGS_ACCOUNT_ID: '1',
  VICTORIALOGS_PROJECT_ID: '2',
};
const OTHERS = { VICTORIALOGS_REDACT: 'password', HOME: '/' };
const env = { VICTORIALOGS_URL: 'http://logs:9428/a', ...SECRETS, ...OTHERS };

describe('credentials and tenant of the environment', () => {
  it.each([undefined, 'http://logs:9428', 'http://LOGS:9428/other/path'])('go to %s', (url) => {
    expect(environmentFor(url, env)).toBe(env);
  });

  it.each([
    'https://logs:9428',
    'http://logs:9429',
    'http://archive:9428',
    'unix:/run/logs.sock',
    'http://archive:secret@logs:9428',
    'http://:secret@logs:9428',
  ])('do not go to %s', (url) => {
    const { VICTORIALOGS_URL } = env;
    expect(environmentFor(url, env)).toEqual({ VICTORIALOGS_URL, ...OTHERS });
  });

  it('are used for a server in code where the environment names none', () => {
    expect(environmentFor('http://archive:9428', SECRETS)).toBe(SECRETS);
  });

  it('are in no request to a second server', () => {
    const headersFor = (url: string) => completeOptions({ url }, env, () => 'h').settings?.headers;
    expect(headersFor('http://logs:9428')).toMatchObject({
      Authorization: 'Bearer t',
      AccountID: '1',
    });
    const others = Object.keys(headersFor('http://archive:9428') ?? {});
    expect(others).toEqual(['Content-Type', 'VL-Stream-Fields']);
  });
});
