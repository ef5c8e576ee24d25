/** What can be asked of a VictoriaLogs for tests, and what each way to run one gives. */
import type { Say } from './progress.ts';

/** What kind of server is wanted. */
export interface VictoriaLogsOptions {
  /** Told in one line what the server is, and the progress of what takes long. Default: stderr. */
  readonly say?: Say | undefined;
  /** Further flags of `victoria-logs`. */
  readonly args?: readonly string[] | undefined;
  /** Its port. Default: a free one. */
  readonly port?: number | undefined;
  /** Its data folder, kept when it stops. Default: a new one in the temp folder, removed at `stop()`. Not for containers. */
  readonly dataDir?: string | undefined;
  /**
   * `container`: a container or nothing; the image is built where it cannot be pulled. `process`: a process of this machine or
   * nothing, for arguments that name its files and addresses.
   */
  readonly prefer?: 'container' | 'process' | undefined;
  /** True for a server of one's own even if `VICTORIALOGS_TEST_URL` names one. Implied by the options above. */
  readonly own?: boolean | undefined;
}

/** How a server process ended. */
export interface ServerEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A server that can be ended and started again where it was. */
export interface Server {
  /** Base URL on this machine, without a slash at the end. */
  readonly url: string;
  /** Base URL for another container of the same engine; undefined when the server is not a container. */
  readonly containerUrl?: string | undefined;
  /** Sends the signal and waits for nothing. */
  send(signal: NodeJS.Signals): Promise<void>;
  /** Sends the signal and waits for the end. The data stay. */
  end(signal: NodeJS.Signals): Promise<ServerEnd>;
  /** Starts it again on the same address with the same data. */
  start(): Promise<void>;
  /** Removes it with its data. */
  discard(): Promise<void>;
}
