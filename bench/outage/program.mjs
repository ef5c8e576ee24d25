/** Logs many lines of text. Tells on descriptor 3 what that cost the thread, and the peak memory of the process. */
import { writeSync } from 'node:fs';
import { threadCpu } from '../measure/cpu.mjs';

const LINES = Number(process.argv[2]);
const PER_TICK = 100;
const text = 'x'.repeat(150);
const before = threadCpu();
for (let line = 0; line < LINES; line++) {
  console.log(text);
  if (line % PER_TICK === PER_TICK - 1) await new Promise(setImmediate);
}
const microseconds = (threadCpu() - before) / LINES;
writeSync(3, JSON.stringify({ microseconds, peakBytes: process.resourceUsage().maxRSS * 1024 }));
process.exit();
