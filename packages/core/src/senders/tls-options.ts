/** What a connection over TLS is made with: the settings of this process, and nothing that a program has put on `Object.prototype`. */
import type { ConnectionOptions } from 'node:tls';
import { bareOptions } from '../process/bare-options.ts';

/** Those that decide whom a connection trusts. */
export type Trust = Pick<
  ConnectionOptions,
  'servername' | 'session' | 'secureContext' | 'rejectUnauthorized'
>;

/** Node copies its options into an ordinary object, so all that decides whom it trusts has to be set here. */
export function tlsOptions(hostname: string): Trust {
  // As they are now: the program may have replaced them.
  const { createSecureContext, DEFAULT_CIPHERS } = process.getBuiltinModule('node:tls');
  return {
    ...noInherited(),
    servername: serverName(hostname),
    // Node checks no certificate when it resumes a session.
    session: undefined as never,
    rejectUnauthorized: rejectsUnauthorized(),
    secureContext: createSecureContext(bareOptions({ ciphers: DEFAULT_CIPHERS })),
  };
}

/** The name in SNI: none of an address, and no dot at its end, RFC 6066 section 3. Without one, Node checks the certificate for the host. */
export function serverName(hostname: string): string {
  const { isIP } = process.getBuiltinModule('node:net');
  return isIP(hostname) === 0 ? hostname.replace(/\.$/, '') : '';
}

/** Node itself would take the variable from `Object.prototype`, too, if the environment does not have it. */
export function rejectsUnauthorized(): boolean {
  const { NODE_TLS_REJECT_UNAUTHORIZED: value } = bareOptions(process.env);
  return value !== '0';
}

/** Node and undici have values for these, which an undefined of ours would replace. */
const HAVE_DEFAULTS = 'checkServerIdentity ciphers minDHSize path rejectUnauthorized'.split(' ');

/** For what copies its options into an ordinary object: there, a program's names on `Object.prototype` have to be undefined. */
export function noInherited(): object {
  const names = Object.keys(Object.prototype).filter((name) => !HAVE_DEFAULTS.includes(name));
  return Object.fromEntries(names.map((name) => [name, undefined]));
}
