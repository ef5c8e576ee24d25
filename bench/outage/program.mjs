/** Logs many lines of text, or of a logger. Tells on descriptor 3 what that cost the thread, and the peak memory of the process. */
import { writeSync } from 'node:fs';
import { peakResidentBytes } from '../../test-e2e/environment/peak-resident-bytes.mjs';
import { makeLogger } from '../loggers/make-logger.mjs';
import { threadCpu } from '../measure/cpu.mjs';

const [kind, count] = process.argv.slice(2);
const LINES = Number(count);
const PER_TICK = 100;
const log = await maker();
const before = threadCpu();
for (let line = 0; line < LINES; line++) {
  log();
  if (line % PER_TICK === PER_TICK - 1) await new Promise(setImmediate);
}
const microseconds = (threadCpu() - before) / LINES;
writeSync(3, JSON.stringify({ microseconds, peakBytes: peakResidentBytes() }));
process.exit();

async function maker() {
  const text = 'x'.repeat(150);
  if (kind === 'text') return () => console.log(text);
  const logger = await makeLogger(kind);
  return () => logger.info(text);
}
