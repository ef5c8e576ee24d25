/** The whole examination, against a real VictoriaLogs and without a server. `doctor/*.test.ts` have the single checks. */
import { expect, it } from 'vitest';
import { startVictoriaLogs } from '../../../../test-e2e/environment/victorialogs.ts';
import { examine } from '../../src/doctor/doctor.ts';

const NOBODY = { VICTORIALOGS_URL: 'http://127.0.0.1:1' };

it('finds that records arrive', { timeout: 300_000 }, async () => {
  const server = await startVictoriaLogs();
  try {
    const report = await examine({ VICTORIALOGS_URL: server.url }, '1.2.3');
    expect(report.checks.filter(({ verdict }) => verdict === 'fail')).toEqual([]);
    expect(report).toMatchObject({ ok: true, conclusion: 'Records arrive from here.' });
    expect(report.checks[0]).toEqual({
      name: 'direct-logging',
      verdict: 'note',
      finding: '1.2.3',
    });
    expect(report.checks).toContainEqual(
      expect.objectContaining({ name: 'test record', verdict: 'ok' }),
    );
  } finally {
    await server.stop();
  }
});

it('advises about the worst finding', async () => {
  const report = await examine(NOBODY, '1.2.3');
  expect(report).toMatchObject({ ok: false, conclusion: 'Records do not arrive from here.' });
  const failed = report.checks.find(({ verdict }) => verdict === 'fail');
  expect(failed).toMatchObject({ name: 'TCP' });
  expect(report.next).toBe(failed?.next);
  expect(report.checks.map(({ name }) => name)).not.toContain('HTTP');
});

it.each(['https_proxy', 'ALL_PROXY'])(
  'says that %s is not used, if the server cannot be reached',
  async (name) => {
    const { checks } = await examine({ ...NOBODY, [name]: 'http://proxy' }, '1.2.3');
    expect(checks.at(-1)).toMatchObject({ name, verdict: 'warn' });
  },
);

it.each([{}, { VICTORIALOGS_URL: 'me' }, { ...NOBODY, VICTORIALOGS_BEARER_TOKEN: 'a\nb' }])(
  'does not reject with the settings %j',
  async (env) => {
    const { ok, next } = await examine(env, '1.2.3');
    expect(ok).toBe(false);
    expect(next).not.toBe('');
  },
);
