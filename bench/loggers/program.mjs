/** Logs a number of lines in one of the ways, ends in a given manner, and tells on descriptor 3 what it cost. */
import { writeSync } from 'node:fs';
import { peakResidentBytes } from '../../test-e2e/environment/peak-resident-bytes.mjs';
import { makeLogger } from './make-logger.mjs';

const [maker, ending, id, count] = process.argv.slice(2);
const LINES = Number(count);
const FIELDS = { customer: 'c-1043', article: 'pencils, red, a dozen', amount: 12.5, attempt: 1 };
const PER_TICK = 100;
const LATER_MS = 300;

const logger = await makeLogger(maker);
const log = logging();

let inCalls = 0;
let firstLineAt;
const before = { time: performance.now(), cpu: process.cpuUsage() };
process.on('exit', tell);

if (ending.endsWith('later')) {
  logSome(0, LINES / 2);
  await new Promise((resolve) => setTimeout(resolve, LATER_MS));
  logSome(LINES / 2, LINES);
} else {
  for (let line = 0; line < LINES; line += PER_TICK) {
    if (line > 0) await new Promise(setImmediate);
    logSome(line, Math.min(line + PER_TICK, LINES));
  }
}
const [how] = ending.split(' ');
if (how === 'process.exit') process.exit();
if (how.startsWith('SIG')) process.kill(process.pid, how);
// Otherwise the process would never end by itself.
if (how === 'closed') await logger.transports[0].close();

function logging() {
  if (maker.includes('console')) return (line) => logger.log(`${id} ${line}`);
  if (maker.includes('winston')) return (line) => logger.info(`${id} ${line}`, FIELDS);
  return (line) => logger.info(FIELDS, `${id} ${line}`);
}

function logSome(from, to) {
  const start = performance.now();
  for (let line = from; line < to; line++) log(line);
  inCalls += performance.now() - start;
  firstLineAt ??= performance.timeOrigin + performance.now();
}

function tell() {
  const { user, system } = process.cpuUsage(before.cpu);
  const told = {
    callMicroseconds: (inCalls * 1000) / LINES,
    cpuMicroseconds: (user + system) / LINES,
    loggingMs: performance.now() - before.time,
    firstLineAt,
    peakBytes: peakResidentBytes(),
  };
  writeSync(3, JSON.stringify(told));
}
