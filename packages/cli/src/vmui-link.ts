/** The link to the web interface of VictoriaLogs. Pure. */
import { type NamedServer, readAddress } from '@direct-logging/core';
import { CommandError } from './command-error.ts';

/**
 * A link to what the query finds in the last 15 minutes. Without credentials: the browser asks for them.
 * @throws CommandError when the server listens on a unix socket.
 */
export function vmuiLink({ url, headers }: NamedServer, query: string): string {
  if (readAddress(url).socketPath !== '') {
    throw new CommandError(
      `VICTORIALOGS_URL: must be an http or https URL for a browser; got the unix socket ${url}`,
    );
  }
  const { AccountID, ProjectID } = headers;
  const range = { 'g0.range_input': '15m', 'g0.relative_time': 'last_15_minutes' };
  // The web interface needs both numbers of a tenant.
  const isOfTenant = (AccountID ?? ProjectID) !== undefined;
  const tenant = { accountID: AccountID ?? '0', projectID: ProjectID ?? '0' };
  const parameters = new URLSearchParams({ query, ...range, ...(isOfTenant ? tenant : {}) });
  // The web interface does not decode a plus as a space: https://github.com/VictoriaMetrics/VictoriaMetrics/issues/3444
  return `${url}/select/vmui/?#/?${parameters.toString().replaceAll('+', '%20')}`;
}
