/**
 * Logs lines of one kind that do not count, and then bursts that do. Tells on descriptor 3 how many microseconds of CPU a line of
 * the cheapest burst cost the thread.
 */
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeLogger } from '../loggers/make-logger.mjs';
import { threadCpu } from '../measure/cpu.mjs';

const [kind, size, lines, bursts, warmUp] = process.argv.slice(2);
const VARIANTS = 100;
const PER_TICK = 100;
/** The answers of the server arrive during this time. */
const PAUSE_MS = 100;

const log = await maker();
let cheapest = Infinity;
await logSome(Number(warmUp));
for (let burst = 0; burst < Number(bursts); burst++) {
  const before = threadCpu();
  await logSome(Number(lines));
  if (Number(bursts) > 1) await sleep(PAUSE_MS);
  cheapest = Math.min(cheapest, (threadCpu() - before) / Number(lines));
}
writeSync(3, JSON.stringify(cheapest));

async function logSome(count) {
  for (let line = 0; line < count; line++) {
    log(line);
    if (line % PER_TICK === PER_TICK - 1) await new Promise(setImmediate);
  }
}

async function maker() {
  const numbers = Array.from({ length: VARIANTS }, (_, number) => number);
  if (kind === 'text') {
    const texts = numbers.map((number) => `${number} `.padEnd(Number(size), 'x'));
    return (line) => console.log(texts[line % VARIANTS]);
  }
  if (kind === 'json') {
    const texts = numbers.map((number) => JSON.stringify(record(number)));
    return (line) => console.log(texts[line % VARIANTS]);
  }
  const logger = await makeLogger(kind);
  const fields = numbers.map((attempt) => ({
    customer: 'c-1043',
    article: 'pencils, red, a dozen',
    amount: 12.5,
    attempt,
  }));
  if (kind.includes('winston'))
    return (line) => logger.info('order taken', fields[line % VARIANTS]);
  return (line) => logger.info(fields[line % VARIANTS], 'order taken');
}

/** A record as pino prints it, with `size` more fields. */
function record(number) {
  const fields = {};
  for (let field = 0; field < Number(size); field++) fields[`field${field}`] = `value ${number}`;
  const head = { level: 30, time: Date.now(), pid: 4242, hostname: 'web-1' };
  return { ...head, ...fields, msg: `order ${number} taken` };
}
