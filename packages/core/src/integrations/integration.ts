/** What connects a logger or a runtime to the transport. Implemented by the other packages, called by `register`. */
import type { Transport } from '../transport.ts';
import type { PrintTracker } from './print-tracker.ts';

/** What an integration is given when it is installed. */
export interface IntegrationHost {
  /** The transport that all parts of this process share. */
  readonly transport: Transport;
  /** The environment to use; `process.env` outside tests. */
  readonly env: NodeJS.ProcessEnv;
  /** False in a worker thread. */
  readonly isMainThread: boolean;
  /** `full`; or `descriptors` if another thread ships this thread's console and streams, so that only direct writes remain. */
  readonly role: 'full' | 'descriptors';
  /** Shared by the capture and the integrations of this thread. */
  readonly printing: PrintTracker;
}

/** Connects one logger or runtime to the transport. */
export interface Integration {
  /** Shown in warnings when the installation fails. */
  readonly name: string;
  /** Installs the hooks. Returns what removes them, or makes them pass calls on. Called once, before the application's first line. */
  install(host: IntegrationHost): () => void;
}
