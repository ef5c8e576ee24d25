/** A worker thread of a function: its console goes through the function's thread, its descriptor writes do not. */
import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';

console.log(`thread of ${workerData}`);
writeSync(1, `descriptor of ${workerData}\n`);
