import { describe, expect, it } from 'vitest';
import { completeOptions } from '../src/options.ts';
import type { TransportOptions } from '../src/settings/table.ts';
import { showSettings, showStats } from '../src/show-details.ts';

function shown(options: TransportOptions, env: NodeJS.ProcessEnv = {}): string {
  const { settings, sources } = completeOptions(options, env, () => 'host-1');
  if (settings === undefined) throw new Error('no settings');
  return showSettings(settings, sources);
}

describe('the settings', () => {
  it('are shown with their sources, unless they are defaults', () => {
    const line = shown({ maxQueueBytes: 65_536 }, { LOG_LEVEL: 'off', VICTORIALOGS_JOB: 'shop' });
    for (const part of [
      'maxQueueBytes=65536 (code) ',
      'level=OFF (LOG_LEVEL) ',
      'job=shop (VICTORIALOGS_JOB) ',
      'containerName=host-1 (the host name) ',
      'exitTimeoutMs=2000 tls',
      'redact=off ',
    ]) {
      expect(line).toContain(part);
    }
    expect(line).not.toMatch(/=(?: |$)|undefined/);
  });

  it('show no credential, and no rule that could hold a secret', () => {
    const line = shown({
      ...{ url: 'http://me:s3cret@h:1', username: 'us3r', password: 'passw0rd' },
      ...{
        bearerToken: 't0ken',
        passwordFile: 'w0rd',
        bearerTokenFile: 't0k',
        redact: [/card-1234/],
      },
    });
    expect(line).toContain('url=http://h:1/insert/jsonline (code) credentials=Bearer (code) ');
    expect(line).toContain('redact=on (code)');
    expect(line).not.toMatch(/s3cret|us3r|w0rd|t0k|1234/);
  });
});

describe('the counters', () => {
  const stats = {
    ...{ written: 5, delivered: 2, queued: 1, queuedBytes: 10, resent: 0, spooled: 0 },
    ...{ unsent: 0, dropped: {} },
  };

  it('are shown in one line', () => {
    expect(showStats(stats)).toBe('5 records written, 2 delivered, 1 not delivered');
  });

  it('show what is out of the ordinary', () => {
    const dropped = { queue_full: 2, copy: 1 };
    expect(showStats({ ...stats, dropped, resent: 3, spooled: 4 })).toMatch(
      /, 4 in the spool, 3 sent again, dropped: 2 queue_full, 1 copy$/,
    );
  });
});
