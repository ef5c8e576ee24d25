/** The link to the web interface of VictoriaLogs. Pure. */
import { type NamedServer, readAddress } from '@direct-logging/core';
import { CommandError } from './command-error.ts';

/** What the web interface shows. */
export interface VmuiView {
  /** LogsQL. */
  readonly query: string;
  /** Length of the time range that ends now, as people write it: `15m`. */
  readonly since: string;
  /** Its length in milliseconds. */
  readonly sinceMs: number;
  /** Names of the fields that are shown of each record, separated by commas. Undefined: the web interface decides. */
  readonly fields: string | undefined;
}

/** Ranges that the web interface moves along with the time. Any other range stays where it is. */
const MOVING: Readonly<Record<number, string>> = {
  300000: 'last_5_minutes',
  900000: 'last_15_minutes',
  1800000: 'last_30_minutes',
  3600000: 'last_1_hour',
  10800000: 'last_3_hours',
  21600000: 'last_6_hours',
  43200000: 'last_12_hours',
  86400000: 'last_24_hours',
};

/**
 * Without credentials: the browser asks for them.
 * @throws CommandError when the server listens on a unix socket.
 */
export function vmuiLink(server: NamedServer, view: VmuiView, nowMs: number): string {
  if (readAddress(server.url).socketPath !== '') {
    throw new CommandError(
      `${server.url} is a unix socket, which no browser opens: set VICTORIALOGS_URL to an http address of the server`,
    );
  }
  const { AccountID, ProjectID } = server.headers;
  const moving = MOVING[view.sinceMs];
  const parameters = new URLSearchParams({
    query: view.query,
    'g0.range_input': view.since,
    'g0.relative_time': moving ?? 'none',
    ...(moving === undefined ? { 'g0.end_input': new Date(nowMs).toISOString().slice(0, 19) } : {}),
    ...(view.fields === undefined ? {} : { displayFields: view.fields }),
    // The web interface needs both numbers of a tenant.
    ...(AccountID === undefined && ProjectID === undefined
      ? {}
      : { accountID: AccountID ?? '0', projectID: ProjectID ?? '0' }),
  });
  // The web interface does not decode a plus as a space.
  return `${server.url}/select/vmui/?#/?${parameters.toString().replaceAll('+', '%20')}`;
}
