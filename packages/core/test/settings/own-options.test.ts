import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from 'vitest';
import { completeOptions } from '../../src/options.ts';
import { ownOptions } from '../../src/settings/own-options.ts';

const polluted = Object.prototype as { url?: string; VICTORIALOGS_URL?: string; also?: string };

afterEach(() => {
  delete polluted.url;
  delete polluted.VICTORIALOGS_URL;
  delete polluted.also;
});

describe('options', () => {
  it('are not inherited from Object.prototype', () => {
    polluted.url = 'http://elsewhere:1';
    const options: { level: string; url?: string } = { level: 'INFO' };
    expect(ownOptions(options).url).toBeUndefined();
    expect(ownOptions(runInNewContext('Object.prototype.url = "x"; ({})')).url).toBeUndefined();
    const { settings } = completeOptions({}, { VICTORIALOGS_URL: 'http://here:1' }, () => 'host');
    expect(settings?.endpoint.hostname).toBe('here');
  });

  it('are not inherited by the environment', () => {
    polluted.VICTORIALOGS_URL = 'http://elsewhere:1';
    const { settings } = completeOptions({}, {}, () => 'host');
    expect(settings?.endpoint.hostname).toBe('victorialogs');
  });

  it('are not read from a variable that Object.prototype names', () => {
    polluted.also = 'SECRET_OF_OTHERS';
    const completed = completeOptions({}, { SECRET_OF_OTHERS: 'hunter2' }, () => 'host');
    expect(completed).toMatchObject({ problems: [], settings: { headers: {} } });
    expect(JSON.stringify(completed)).not.toContain('hunter2');
  });

  it('can be an instance of a class', () => {
    class Base {
      get url(): string {
        return this.address;
      }
      readonly address = 'http://here:1';
    }
    class Options extends Base {
      readonly job = 'job';
    }
    const { settings } = completeOptions(new Options(), {}, () => 'host');
    expect(settings).toMatchObject({ endpoint: { hostname: 'here' }, job: 'job' });
  });
});
