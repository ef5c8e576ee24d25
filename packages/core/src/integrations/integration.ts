/** What connects a logger or a runtime to the transport. Implemented by the other packages, called by `register`. */
import type { LogInput } from '../record/record.ts';
import type { Transport } from '../transport.ts';

/** A line that a logger is printing. The capture, which sees text only, ships this for it. */
export interface PrintedLine {
  /** Whether this text is the line; its final newline may be missing. Never throws. */
  is(text: string): boolean;
  /** What is shipped in place of the text; undefined when the line has been shipped. Never throws. */
  toInput(): LogInput | undefined;
}

/** What the capture and the integrations of loggers tell each other about what is printed. */
export interface Printing {
  /** Grows with every captured write, before it is carried out. */
  count: number;
  /** Set by the integration of a logger for as long as the logger's call that prints it runs. */
  line: PrintedLine | undefined;
}

/** What an integration is given when it is installed. */
export interface IntegrationHost {
  /** The transport that all parts of this process share. */
  readonly transport: Transport;
  /** The environment that decides; `process.env` outside tests. */
  readonly env: NodeJS.ProcessEnv;
  /** False in a worker thread. */
  readonly isMainThread: boolean;
  /** `full`, or `descriptors` where others ship this thread's console and streams, and only direct writes are its own. */
  readonly role: 'full' | 'descriptors';
  /** Shared by the integrations of this thread. */
  readonly printing: Printing;
}

/** Grows with everything that this thread prints: by the same number before and after a call that printed nothing. */
export function printedSoFar({ role, printing }: IntegrationHost): number {
  if (role === 'full') return printing.count;
  // What a worker thread prints through its console is captured in the thread that started it, later.
  const { stdout, stderr } = process;
  return printing.count + stdout.writableLength + stderr.writableLength;
}

/** Connects one logger or runtime to the transport. */
export interface Integration {
  /** Shown in warnings when the installation fails. */
  readonly name: string;
  /** Installs the hooks and returns what undoes them. Called once, before the application's first line. */
  install(host: IntegrationHost): () => void;
}
