/** What worker threads print, as the thread that started them prints it. */
import type { Worker } from 'node:worker_threads';
import { guarded, replaceMethod } from '@direct-logging/core';
import { readMarks, type WorkerWrite } from './worker-marks.ts';

/** By the bytes. */
const writes = new WeakMap<object, WorkerWrite>();

/** What a worker wrote as these bytes. The arguments of a console call are not known. Undefined for what no worker wrote. */
export function writeOfWorker(bytes: unknown): WorkerWrite | undefined {
  return typeof bytes === 'object' && bytes !== null ? writes.get(bytes) : undefined;
}

/** In the parent: recognizes the output of workers that are started from now on. */
export function followWorkers(): () => void {
  // Without this, a line of the worker is like any other line.
  const onWorker = guarded(({ stdout, stderr }: Worker) => {
    for (const stream of [stdout, stderr]) replaceMethod(stream, 'push', readMarks(writes));
  });
  process.on('worker', onWorker);
  return () => {
    process.off('worker', onWorker);
  };
}
