import { expect, it } from 'vitest';
import { vmuiLink } from '../src/vmui-link.ts';

const URL = 'http://127.0.0.1:1';

function parametersOf(link: string) {
  const [before, after = ''] = link.split('#/?');
  expect(before).toBe(`${URL}/select/vmui/?`);
  expect(after).not.toContain('+');
  return Object.fromEntries(new URLSearchParams(after));
}

it('has the query, the range, and the tenant if there is one', () => {
  const RANGE = { 'g0.range_input': '15m', 'g0.relative_time': 'last_15_minutes' };
  const query = 'level:=ERROR a+b';
  expect(parametersOf(vmuiLink({ url: URL, headers: {} }, query))).toEqual({ query, ...RANGE });
  expect(parametersOf(vmuiLink({ url: URL, headers: { AccountID: '12' } }, query))).toEqual({
    ...{ query, ...RANGE },
    ...{ accountID: '12', projectID: '0' },
  });
});

it('has no credentials', () => {
  const headers = { authorization: 'Bearer secret' };
  expect(vmuiLink({ url: URL, headers }, '*')).not.toContain('secret');
});

it('refuses a unix socket, which no browser opens', () => {
  expect(() => vmuiLink({ url: 'unix:/run/logs.sock', headers: {} }, '*')).toThrow(
    'VICTORIALOGS_URL: must be an http or https URL for a browser; got the unix socket unix:/run/logs.sock',
  );
});
