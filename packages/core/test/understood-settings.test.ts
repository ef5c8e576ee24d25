import { expect, it } from 'vitest';
import { understoodSettings } from '../src/understood-settings.ts';

const understood = (env: NodeJS.ProcessEnv) =>
  understoodSettings({ VICTORIALOGS_URL: 'http://h:9428', ...env }, () => 'host-1');

it('says what an environment comes to, and where it comes from', () => {
  expect(understood({ LOG_LEVEL: 'off', POD_NAME: 'web-1' })).toMatchObject({
    level: 'OFF',
    containerName: 'web-1',
    sources: { level: 'LOG_LEVEL', containerName: 'POD_NAME' },
    problems: [],
  });
});

it('says what is wrong, and gives nothing that would ship to the wrong tenant', () => {
  expect(understood({ VICTORIALOGS_DURABLE: 'yes' })?.problems).toHaveLength(1);
  expect(understood({ VICTORIALOGS_ACCOUNT_ID: 'one' })).toBeUndefined();
});
