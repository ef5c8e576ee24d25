import { describe, expect, it } from 'vitest';
import { completeOptions } from '../../src/options.ts';
import { environmentFor } from '../../src/settings/for-server.ts';

const SECRETS = {
  VICTORIALOGS_PASSWORD: 'p',
  VICTORIALOGS_PASSWORD_FILE: '/run/p',
  VICTORIALOGS_BEARER_TOKEN: 't',
  VICTORIALOGS_BEARER_TOKEN_FILE: '/run/t',
};
const CREDENTIALS = { VICTORIALOGS_USERNAME: 'u', ...SECRETS };
const TENANT = { VICTORIALOGS_ACCOUNT_ID: '1', VICTORIALOGS_PROJECT_ID: '2' };
const OTHERS = { VICTORIALOGS_URL: 'http://logs:9428/a', VICTORIALOGS_REDACT: 'x', HOME: '/' };
const env = { ...CREDENTIALS, ...TENANT, ...OTHERS };

describe('credentials and tenant of the environment', () => {
  it.each([undefined, 'http://logs:9428', 'http://LOGS:9428/other/path'])('go to %s', (url) => {
    expect(environmentFor({ url }, env)).toBe(env);
  });

  it.each([
    'https://logs:9428',
    'http://logs:9429',
    'http://archive:9428',
    'http://archive:secret@archive:9428',
    'unix:/run/logs.sock',
  ])('do not go to another server, %s', (url) => {
    expect(environmentFor({ url }, env)).toEqual(OTHERS);
  });

  it.each(['', 'htp://logs:9428'])('are for no server when its URL is %j', (VICTORIALOGS_URL) => {
    const others = { ...OTHERS, VICTORIALOGS_URL };
    expect(environmentFor({ url: 'http://logs:9428' }, { ...env, ...others })).toEqual(others);
  });

  it.each(['http://archive:secret@logs:9428', 'http://:secret@logs:9428'])(
    'yield to those of the URL %s',
    (url) => expect(environmentFor({ url }, env)).toEqual({ ...TENANT, ...OTHERS }),
  );

  it.each(['password', 'passwordFile', 'bearerToken', 'bearerTokenFile'])(
    'yield to %s in code, also to an empty one',
    (name) => {
      const rest = { VICTORIALOGS_USERNAME: 'u', ...TENANT, ...OTHERS };
      expect(environmentFor({ [name]: '' }, env)).toEqual(rest);
    },
  );

  it('are used for a server in code where the environment names none', () => {
    expect(environmentFor({ url: 'http://archive:9428' }, CREDENTIALS)).toBe(CREDENTIALS);
  });

  it('are in no request to a second server', () => {
    const headersFor = (options: object) =>
      completeOptions(options, env, () => 'h').settings?.headers;
    expect(headersFor({ url: 'http://logs:9428' })).toMatchObject({
      Authorization: 'Bearer t',
      AccountID: '1',
    });
    const others = Object.keys(headersFor({ url: 'http://archive:9428' }) ?? {});
    expect(others).toEqual(['Content-Type', 'VL-Stream-Fields']);
    const basic = `Basic ${btoa('u:own')}`;
    expect(headersFor({ password: 'own' })).toMatchObject({ Authorization: basic });
  });
});
