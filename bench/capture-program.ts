/** Logs lines of one length and writes to descriptor 3 what that cost. */
import { writeSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** What was measured. */
export interface Measured {
  readonly microsecondsPerLine: number;
  /** Heap that was allocated for each line. */
  readonly bytesPerLine: number;
  /** The delay beyond the resolution of the measurement, while lines are logged steadily. */
  readonly loopDelayMs: number;
}

const LINES = 5_000;
const BURST = 20;
const BURSTS = 40;
const RESOLUTION_MS = 1;

const [way, size] = process.argv.slice(2);
const line = 'x'.repeat(Number(size) - 1);
if (way === 'capture') {
  const { hookStdout } = await import('@direct-logging/stdout-hook');
  hookStdout({ write() {} });
}
await logged(LINES);
const measured: Measured = { ...(await inOneGo()), loopDelayMs: await steadily() };
writeSync(3, JSON.stringify(measured));

async function inOneGo(): Promise<{ microsecondsPerLine: number; bytesPerLine: number }> {
  const heap = process.memoryUsage().heapUsed;
  const microseconds = await logged(LINES);
  const bytes = process.memoryUsage().heapUsed - heap;
  return { microsecondsPerLine: microseconds / LINES, bytesPerLine: bytes / LINES };
}

async function logged(lines: number): Promise<number> {
  const start = performance.now();
  for (let number = 0; number < lines; number++) console.log(line);
  const microseconds = (performance.now() - start) * 1000;
  // Waits until a full pipe has been emptied.
  await new Promise((resolve) => process.stdout.write('\n', resolve));
  return microseconds;
}

async function steadily(): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  for (let burst = 0; burst < BURSTS; burst++) {
    for (let number = 0; number < BURST; number++) console.log(line);
    await sleep(10);
  }
  delay.disable();
  return delay.percentile(99) / 1e6 - RESOLUTION_MS;
}
