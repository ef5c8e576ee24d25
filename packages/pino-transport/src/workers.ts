/** Keeps what pino's worker threads print from being shipped again: their lines were shipped when they were logged. */
import { EventEmitter } from 'node:events';
import type { Stream } from '@direct-logging/core';
import { type WorkerThread, workersOf } from './route.ts';
import { isShippedByParent, shareTable } from './shipped-threads.ts';

/** What is known about the worker threads that this thread logs to, and whether this is one itself. */
export interface WorkerNotes {
  /** Called before a line is written to its destination. */
  note(destination: object, level: number): void;
  /** Whether what is being printed has been shipped as a line before. */
  isShipped(stream: Stream): boolean;
  /** Lets the worker threads ship for themselves again. */
  undo(): void;
}

export function noteWorkers(): WorkerNotes {
  const table = shareTable();
  const noted = new Map<number, () => void>();
  let passingOn = 0;

  function noteOne({ threadId, stdout }: WorkerThread): void {
    // A thread that has ended has a negative one.
    if (threadId < 0 || noted.has(threadId)) return;
    table[threadId] = 1;
    const undo = aroundData(stdout, (change) => {
      passingOn += change;
    });
    noted.set(threadId, () => {
      table[threadId] = 0;
      undo();
    });
  }

  return {
    note(destination, level) {
      for (const worker of workersOf(destination, level)) noteOne(worker);
    },
    // What a worker prints to stderr through its console is its own trouble, and no line of a logger.
    isShipped: (stream) => (stream === 'stdout' && passingOn > 0) || isShippedByParent(),
    undo() {
      for (const undoOne of noted.values()) undoOne();
      noted.clear();
    },
  };
}

/**
 * Calls `change` with 1 before and with -1 after the listeners to data that are there: one of them passes a worker's
 * console on to `process.stdout`. The plain emitter's method is used because a stream's own would make it flow.
 */
function aroundData(stdout: unknown, change: (by: 1 | -1) => void): () => void {
  if (!(stdout instanceof EventEmitter)) return () => {};
  const before = (): void => change(1);
  const after = (): void => change(-1);
  EventEmitter.prototype.prependListener.call(stdout, 'data', before);
  EventEmitter.prototype.on.call(stdout, 'data', after);
  return () => {
    EventEmitter.prototype.removeListener.call(stdout, 'data', before);
    EventEmitter.prototype.removeListener.call(stdout, 'data', after);
  };
}
