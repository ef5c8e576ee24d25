/** Logs bursts of ten lines at an even rate, once its standard input says so. Arguments: lines per second, and seconds. */
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const BURST = 10;
const [perSecond, seconds] = process.argv.slice(2).map(Number);
const everyMs = (BURST * 1000) / perSecond;
const text = 'x'.repeat(150);

writeSync(3, '0');
await once(process.stdin, 'data');
process.stdin.destroy();
// Processes of a service do not log at the same instant.
const start = performance.now() + Math.random() * everyMs;
const bursts = (perSecond * seconds) / BURST;
for (let burst = 0; burst < bursts; burst++) {
  await sleep(Math.max(0, start + burst * everyMs - performance.now()));
  for (let line = 0; line < BURST; line++) console.log(text);
}
