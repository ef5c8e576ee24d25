/** Where records are sent. */

/** The place records are sent to. */
export interface Endpoint {
  readonly protocol: 'http:' | 'https:';
  readonly hostname: string;
  readonly port: number;
  /** Path of the insert request, prefix included. */
  readonly path: string;
  /** For people: without credentials. */
  readonly displayUrl: string;
}
