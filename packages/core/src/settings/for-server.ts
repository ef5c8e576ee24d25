/** What of an environment belongs to the server that it names, and goes to no other. Pure. */
import type { Endpoint } from '../senders/endpoint.ts';
import { serverUrl } from './server-url.ts';
import { SETTINGS } from './table.ts';

const OF_SERVER = [
  'accountId',
  'projectId',
  'username',
  'password',
  'passwordFile',
  'bearerToken',
  'bearerTokenFile',
] as const;

/**
 * The environment without its credentials and tenant where they are not for this server: the environment names another one, or the URL
 * has credentials of its own.
 * @param url Undefined for the server that the environment names.
 */
export function environmentFor(url: unknown, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const to = serverUrl.read(url);
  if (to === undefined) return env;
  const named = serverUrl.read(env.VICTORIALOGS_URL);
  const isMeant = named === undefined || isSame(named.endpoint, to.endpoint);
  if (isMeant && to.username === '' && to.password === '') return env;
  const variables = OF_SERVER.map((name) => SETTINGS[name].variable);
  return Object.fromEntries(Object.entries(env).filter(([name]) => !variables.includes(name)));
}

function isSame(one: Endpoint, other: Endpoint): boolean {
  const parts = ['protocol', 'hostname', 'port', 'socketPath'] as const;
  return parts.every((part) => one[part] === other[part]);
}
