/** Which variables are for a server: credentials and tenant are for the one that the same environment names. Pure. @lazy secrets */
import type { Endpoint } from '../senders/endpoint.ts';
import { serverUrl } from './server-url.ts';
import { SETTINGS, type SettingName, type TransportOptions } from './table.ts';

const SECRETS = ['password', 'passwordFile', 'bearerToken', 'bearerTokenFile'] as const;
const CREDENTIALS = ['username', ...SECRETS] as const;
const OF_SERVER = ['accountId', 'projectId', ...CREDENTIALS] as const;

/**
 * The environment, without what is not for this server: if the environment names another one, or code gives other credentials.
 * @param given The options in code that say something about the server.
 */
export function environmentFor(
  given: Readonly<Partial<Record<keyof TransportOptions, unknown>>>,
  env: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  const to = given.url === undefined ? undefined : serverUrl.read(given.url);
  // A URL that cannot be read names another server, too.
  if (to && env.VICTORIALOGS_URL !== undefined) {
    const named = serverUrl.read(env.VICTORIALOGS_URL);
    if (named === undefined || !isSame(to.endpoint, named.endpoint)) return without(OF_SERVER, env);
  }
  if (to && to.username + to.password !== '') return without(CREDENTIALS, env);
  return SECRETS.some((name) => given[name] !== undefined) ? without(SECRETS, env) : env;
}

function without(names: readonly SettingName[], env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const variables = names.map((name) => SETTINGS[name].variable);
  return Object.fromEntries(Object.entries(env).filter(([name]) => !variables.includes(name)));
}

function isSame(one: Endpoint, other: Endpoint): boolean {
  const parts = ['protocol', 'hostname', 'port', 'socketPath'] as const;
  return parts.every((part) => one[part] === other[part]);
}
