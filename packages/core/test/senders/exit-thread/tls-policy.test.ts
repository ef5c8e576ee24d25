import tls from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { optionsFor, tlsPolicy } from '../../../src/senders/exit-thread/tls-policy.ts';
import { tlsOptions } from '../../../src/senders/tls-options.ts';

const { DEFAULT_MIN_VERSION, checkServerIdentity } = tls;
const { NODE_TLS_REJECT_UNAUTHORIZED } = process.env;

afterEach(() => {
  Reflect.deleteProperty(Object.prototype, 'NODE_TLS_REJECT_UNAUTHORIZED');
  Object.assign(tls, { DEFAULT_MIN_VERSION, checkServerIdentity });
  if (NODE_TLS_REJECT_UNAUTHORIZED === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
});

describe('the policy of a thread', () => {
  it('is what the program has set', () => {
    tls.DEFAULT_MIN_VERSION = 'TLSv1.3';
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    const { options } = tlsPolicy();
    expect(options).toMatchObject({ minVersion: 'TLSv1.3', rejectUnauthorized: false });
  });

  it('is not what is on Object.prototype, from which the environment inherits', () => {
    Object.assign(Object.prototype, { NODE_TLS_REJECT_UNAUTHORIZED: '0' });
    expect(tlsPolicy().options.rejectUnauthorized).toBe(true);
    expect(tlsOptions('h').rejectUnauthorized).toBe(true);
  });

  it('can be sent to another thread, and names no authorities that are there anyway', () => {
    const policy = structuredClone(tlsPolicy());
    expect(optionsFor(policy)).toEqual(policy.options);
  });

  it('brings its own authorities', () => {
    expect(optionsFor({ ...tlsPolicy(), authorities: ['a'] }).ca).toEqual(['a']);
  });

  it('cannot be followed when the program checks certificates in its own way', () => {
    const own = tlsPolicy();
    Object.assign(tls, { checkServerIdentity: () => undefined });
    expect(() => optionsFor(own)).toThrow('replaced how Node checks certificates');
  });
});
