/** What prints in place of the application or between its lines, as the capture sees it. */
import type { Level } from '@direct-logging/core';

/** What the message of a console call needs to know about the call. */
export interface ConsoleCall {
  /** The level of the method. Undefined for `log` and others that have none. */
  readonly level: Level | undefined;
  readonly args: readonly unknown[];
  /** Whether it prints a warning of ours, in a worker. */
  readonly isOurs?: boolean;
}

/** What the application logged, as read from what was printed for it. */
export interface ReadLine {
  readonly text: string;
  readonly level?: Level | undefined;
  readonly fields?: Readonly<Record<string, unknown>> | undefined;
}

/** How one writer differs from the application. */
export interface LineWriter {
  /** Whether each write to this descriptor is one message. Asked for all descriptors but 1 and 2. */
  writesTo?(descriptor: unknown, call: ConsoleCall | undefined): boolean;
  /** Whether these bytes belong to a protocol, and are not output. */
  isProtocol?(bytes: Buffer): boolean;
  /** Reads a message in the format of the writer. Undefined for any other text. */
  read?(text: string, call: ConsoleCall | undefined): ReadLine | undefined;
}
