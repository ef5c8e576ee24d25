/** Logs many lines with pino. At the end of the process, tells on descriptor 3 what they cost. */
import { writeSync } from 'node:fs';
import { peakResidentBytes } from '../../test-e2e/environment/peak-resident-bytes.mjs';
import { makeLogger } from '../loggers/make-logger.mjs';
import { postReadyMade } from './ready-made.mjs';

const [way, id, count] = process.argv.slice(2);
const LINES = Number(count);
const FIELDS = { customer: 'c-1043', article: 'pencils, red, a dozen', amount: 12.5, attempt: 1 };
const PER_TICK = 100;

const run = way === 'ready-made' ? () => postReadyMade(id, LINES) : await logging();
const before = { at: performance.timeOrigin + performance.now(), cpu: process.cpuUsage() };
process.on('exit', tell);
await run();

async function logging() {
  const logger = await makeLogger(way);
  return async () => {
    for (let line = 0; line < LINES; line++) {
      logger.info(FIELDS, `${id} ${line}`);
      if (line % PER_TICK === PER_TICK - 1) await new Promise(setImmediate);
    }
  };
}

function tell() {
  const { user, system } = process.cpuUsage(before.cpu);
  const peakBytes = peakResidentBytes();
  writeSync(3, JSON.stringify({ startedAt: before.at, cpuMicroseconds: user + system, peakBytes }));
}
