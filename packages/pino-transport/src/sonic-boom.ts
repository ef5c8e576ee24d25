/** The parts of sonic-boom's stream, on which pino prints, that matter here. */
import type { PinoLogger } from './logger-state.ts';

export interface SonicBoom {
  readonly fd: number;
  readonly minLength: number;
  readonly maxLength: number;
  readonly destroyed: boolean;
  /** What is waiting, and what is being written. `_len` is in bytes. */
  readonly _len: number;
  readonly _bufs: readonly unknown[];
  readonly _writing: boolean;
  readonly _writingBuf: unknown;
  /** Missing in older versions. */
  readonly _actualWrite?: unknown;
  /** Set by pino before every line. */
  lastLogger?: PinoLogger | undefined;
  lastLevel?: number | undefined;
  lastObj?: unknown;
  lastMsg?: unknown;
}
