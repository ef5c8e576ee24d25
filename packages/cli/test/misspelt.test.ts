import { allSettings } from '@direct-logging/core';
import { describe, expect, it } from 'vitest';
import { unknownVariables } from '../src/misspelt.ts';

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
});
