/** Where records are sent. */

/** The server that records are sent to. */
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
