/** How the program has set up Node's TLS, as data that another thread can follow: flags, defaults, authorities. */
import type { SecureVersion } from 'node:tls';
import { rejectsUnauthorized } from '../tls-options.ts';

export interface TlsPolicy {
  readonly options: {
    readonly minVersion: SecureVersion;
    readonly maxVersion: SecureVersion;
    readonly ciphers: string;
    readonly ecdhCurve: string;
    readonly rejectUnauthorized: boolean;
  };
  /** Certificates, as PEM. Undefined when this Node cannot tell them: then the program cannot change them either. */
  readonly authorities: readonly string[] | undefined;
  /** The sources of the functions that a program replaces to trust more or less. */
  readonly checks: string;
}

export function tlsPolicy(): TlsPolicy {
  // As they are now: what the program has put in their place is its policy.
  const tls: typeof import('node:tls') & {
    // Since Node 22.15.
    getCACertificates?(type: 'default'): string[];
  } = process.getBuiltinModule('node:tls');
  return {
    options: {
      minVersion: tls.DEFAULT_MIN_VERSION,
      maxVersion: tls.DEFAULT_MAX_VERSION,
      ciphers: tls.DEFAULT_CIPHERS,
      ecdhCurve: tls.DEFAULT_ECDH_CURVE,
      rejectUnauthorized: rejectsUnauthorized(),
    },
    authorities: tls.getCACertificates?.('default'),
    checks: `${tls.createSecureContext}\n${tls.checkServerIdentity}`,
  };
}

/**
 * Options for connections of this thread that hold the policy of another one.
 * @throws Error when that cannot be done.
 */
export function optionsFor(policy: TlsPolicy): TlsPolicy['options'] & { ca?: string[] } {
  const own = tlsPolicy();
  if (policy.checks !== own.checks) {
    throw new Error('the program has replaced how Node checks certificates');
  }
  const { options, authorities } = policy;
  // Node's own are ready. A list takes a tenth of a second to read.
  const isSame = authorities?.join() === own.authorities?.join();
  return isSame ? options : { ...options, ca: [...(authorities ?? [])] };
}
