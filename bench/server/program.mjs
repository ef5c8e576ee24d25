/** Logs bursts of lines at an even rate, once its standard input says so. Arguments: lines per second, lines of a burst, seconds. */
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const [perSecond, burstLines, seconds] = process.argv.slice(2).map(Number);
const everyMs = (burstLines * 1000) / perSecond;
const text = 'x'.repeat(150);

writeSync(3, '0');
await once(process.stdin, 'data');
process.stdin.destroy();
// Processes of a service do not log at the same instant.
const start = performance.now() + Math.random() * everyMs;
const bursts = (perSecond * seconds) / burstLines;
for (let burst = 0; burst < bursts; burst++) {
  await sleep(Math.max(0, start + burst * everyMs - performance.now()));
  for (let line = 0; line < burstLines; line++) console.log(text);
}
