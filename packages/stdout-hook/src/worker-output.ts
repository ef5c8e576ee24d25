/** What worker threads print, as the thread that started them prints it. */
import type { Worker } from 'node:worker_threads';
import { guarded, replaceMethod } from '@direct-logging/core';
import type { ConsoleCall } from './line-writer.ts';
import { readMarks } from './worker-marks.ts';

/** By the bytes. `null`: it is not known which call of the worker wrote them. */
const calls = new WeakMap<object, ConsoleCall | null>();

/** The console call of the worker that wrote these bytes. Its arguments are not known. Undefined for what no worker wrote. */
export function callOfWorker(bytes: unknown): ConsoleCall | null | undefined {
  return typeof bytes === 'object' && bytes !== null ? calls.get(bytes) : undefined;
}

/** In the parent: knows the output of the workers that are started from now on. */
export function followWorkers(): () => void {
  // Without this, a line of the worker is like any other line.
  const onWorker = guarded(({ stdout, stderr }: Worker) => {
    for (const stream of [stdout, stderr]) replaceMethod(stream, 'push', readMarks(calls));
  });
  process.on('worker', onWorker);
  return () => {
    process.removeListener('worker', onWorker);
  };
}
