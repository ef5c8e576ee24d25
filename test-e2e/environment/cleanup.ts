/** Undoes what this process started, however it ends: naturally, by an exception, by Ctrl-C or by SIGTERM. */
import { constants } from 'node:os';

const pending = new Set<() => void>();
let listening = false;

/**
 * Runs `undo` when this process ends. It has to be synchronous: nothing else runs at that time.
 * Returns a function that forgets it, for what was undone before.
 */
export function undoAtExit(undo: () => void): () => void {
  listen();
  pending.add(undo);
  return () => {
    pending.delete(undo);
  };
}

function listen(): void {
  if (listening) return;
  listening = true;
  process.on('exit', undoAll);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      undoAll();
      process.exit(128 + constants.signals[signal]);
    });
  }
}

function undoAll(): void {
  for (const undo of [...pending].reverse()) {
    pending.delete(undo);
    try {
      undo();
    } catch {
      // The others still have to be undone.
    }
  }
}
