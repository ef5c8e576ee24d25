/** A writer with the hooks that it needs. */
import type { Capture } from '../capture.ts';
import type { LineWriter } from '../line-writer.ts';

/** Everything that is known about one writer is in one file of this folder. */
export interface WriterPlugin extends LineWriter {
  /** Installs further hooks. Returns their undo. */
  install?(capture: Capture): () => void;
}
