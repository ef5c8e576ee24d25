/** Where records are sent. */

/** The place records are sent to. */
export interface Endpoint {
  readonly protocol: 'http:' | 'https:';
  readonly hostname: string;
  readonly port: number;
  /** Path of the unix socket on which the server listens. Empty: it is reached by its host and port. */
  readonly socketPath: string;
  /** Path of the insert request, prefix included. */
  readonly path: string;
  /** For people: without credentials. */
  readonly displayUrl: string;
}
