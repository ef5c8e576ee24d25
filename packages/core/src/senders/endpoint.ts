/** Where records are sent. */
export interface Endpoint {
  readonly protocol: 'http:' | 'https:';
  readonly hostname: string;
  readonly port: number;
  /** Path of the unix socket that the server listens on. Empty: it is reached by its host and port. */
  readonly socketPath: string;
  /** Path of the insert request, including the prefix. */
  readonly path: string;
  /** For people: without credentials. */
  readonly displayUrl: string;
}

/** The address that a connection leads to, in words with a blank before them. A unix socket has none: empty. */
export function reached(address: string | undefined, port: number | undefined): string {
  return address === undefined || port === undefined ? '' : ` at ${address} port ${port}`;
}

/** Names server, path and tenant, without credentials. */
export function placeOf(
  { displayUrl }: Endpoint,
  { AccountID = '0', ProjectID = '0' }: Readonly<Record<string, string>>,
): string {
  return `${displayUrl} ${AccountID} ${ProjectID}`;
}
