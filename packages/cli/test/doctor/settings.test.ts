import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allSettings, understoodSettings } from '@direct-logging/core';
import { describe, expect, it } from 'vitest';
import { checkSettings, unknownVariables } from '../../src/doctor/settings.ts';

function check(env: NodeJS.ProcessEnv) {
  const given = { ...env, VICTORIALOGS_URL: env.VICTORIALOGS_URL ?? '' };
  return checkSettings(
    env,
    understoodSettings(given, () => 'host-1'),
  );
}

const URL = { VICTORIALOGS_URL: 'http://scott:tiger@h:1/x/insert/jsonline' };

describe('checkSettings', () => {
  it('shows the base URL, and no credential', () => {
    const checks = check({ ...URL, VICTORIALOGS_PASSWORD: 'lion', VICTORIALOGS_USERNAME: 'tim' });
    expect(checks[0]).toEqual({ name: 'VICTORIALOGS_URL', verdict: 'ok', finding: 'http://h:1/x' });
    expect(JSON.stringify(checks)).not.toMatch(/scott|tiger|lion|tim/);
  });

  it('finds a URL that is only in .env', () => {
    const folder = mkdtempSync(join(tmpdir(), 'doctor-'));
    writeFileSync(join(folder, '.env'), 'A=1\nexport VICTORIALOGS_URL=http://me:tiger@h\n');
    const [first] = checkSettings({}, undefined, folder);
    rmSync(folder, { recursive: true });
    expect(first).toMatchObject({ name: 'VICTORIALOGS_URL', verdict: 'fail' });
    expect(first?.finding).toMatch(/only in \.env/);
    expect(first?.next).toContain('--env-file=.env');
    expect(JSON.stringify(first)).not.toContain('tiger');
  });

  it('reads each line of .env once, however many are blank', () => {
    const folder = mkdtempSync(join(tmpdir(), 'doctor-'));
    writeFileSync(join(folder, '.env'), `${'\n'.repeat(500_000)}A=1\nVICTORIALOGS_URL=http://h\n`);
    const [first] = checkSettings({}, undefined, folder);
    rmSync(folder, { recursive: true });
    expect(first?.finding).toMatch(/only in \.env/);
  });

  it('says where the name of the container comes from', () => {
    const nameIn = (env: NodeJS.ProcessEnv) =>
      check({ ...URL, ...env }).find(({ name }) => name === 'container_name')?.finding;
    expect(nameIn({})).toBe('host-1 (the host name)');
    expect(nameIn({ AWS_LAMBDA_FUNCTION_NAME: 'f' })).toBe('f (AWS_LAMBDA_FUNCTION_NAME)');
    expect(nameIn({ AWS_LAMBDA_FUNCTION_NAME: 'f', VICTORIALOGS_CONTAINER_NAME: 'c' })).toBe(
      'c (VICTORIALOGS_CONTAINER_NAME)',
    );
  });

  it('names what cannot be used once, and what is meant by nobody', () => {
    const checks = check({ ...URL, VICTORIALOGS_DURABLE: 'yes', VICTORIALOGS_COLOR: 'red' });
    const bad = checks.filter(({ verdict }) => verdict === 'warn');
    expect(bad.map(({ name, next }) => [name, next])).toEqual([
      ['VICTORIALOGS_COLOR', 'remove VICTORIALOGS_COLOR'],
      ['VICTORIALOGS_DURABLE', 'correct VICTORIALOGS_DURABLE'],
    ]);
    expect(checks.filter(({ name }) => name === 'VICTORIALOGS_DURABLE')).toHaveLength(1);
  });

  it('names a token that cannot be sent, without it', () => {
    const checks = check({ ...URL, VICTORIALOGS_BEARER_TOKEN: 'lion€' });
    const told = checks.filter(({ name }) => name === 'VICTORIALOGS_BEARER_TOKEN');
    expect(told.map(({ verdict, next }) => [verdict, next])).toEqual([
      ['fail', 'correct VICTORIALOGS_BEARER_TOKEN'],
    ]);
    expect(JSON.stringify(checks)).not.toContain('lion');
  });
});

const KNOWN = allSettings().flatMap(([, { variable, also = [] }]) => [variable, also].flat());

describe('unknownVariables', () => {
  it.each([
    ['VICTORIALOG_URL', 'VICTORIALOGS_URL'],
    ['VICTORIA_LOGS_URL', 'VICTORIALOGS_URL'],
    ['victorialogs_url', 'VICTORIALOGS_URL'],
    ['VICTORIALOGS_URI', 'VICTORIALOGS_URL'],
    ['VICTORIALOGS_USER', 'VICTORIALOGS_USERNAME'],
    ['VICTORIALOGS_TOKEN', 'VICTORIALOGS_BEARER_TOKEN'],
    ['VICTORIALOGS_DURABEL', 'VICTORIALOGS_DURABLE'],
    ['LOGLEVEL', 'LOG_LEVEL'],
    ['VICTORIALOGS_COLOR', undefined],
  ])('takes %s for %s', (name, meant) => {
    expect(unknownVariables(['PATH', name, ...KNOWN], KNOWN)).toEqual([{ name, meant }]);
  });

  it('leaves the variables of others alone', () => {
    const others = ['PATH', 'HOME', 'LOG_FILE', 'VICTORIAMETRICS_URL', 'NODE_ENV', 'LOG_FORMAT'];
    expect(unknownVariables([...others, ...KNOWN], KNOWN)).toEqual([]);
  });

  it.each(['VICTORIALOGS', 'VICTORIALOGS_SINGLE', 'VICTORIALOGS_SERVICE'])(
    'leaves alone what Kubernetes tells each pod about the service %s',
    (service) => {
      const ofService = [
        ...['SERVICE_HOST', 'SERVICE_PORT', 'SERVICE_PORT_HTTP', 'PORT', 'PORT_9428_TCP'],
        ...['PORT_9428_TCP_PROTO', 'PORT_9428_TCP_PORT', 'PORT_9428_TCP_ADDR'],
      ].map((name) => `${service}_${name}`);
      expect(unknownVariables([...ofService, ...KNOWN], KNOWN)).toEqual([]);
      expect(unknownVariables(['VICTORIALOGS_PORT', ...KNOWN], KNOWN)).toEqual([
        { name: 'VICTORIALOGS_PORT', meant: undefined },
      ]);
    },
  );
});
