// Logs LINES numbered lines at PER_SECOND, waits until all of them are delivered or WAIT_MS are over, and leaves a report.
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createWriter } from './writers.mjs';

const { LINES, PER_SECOND, WAIT_MS, REPORT, WRITER = 'console' } = process.env;
const lines = Number(LINES);
const perSecond = Number(PER_SECOND);
const padding = 'x'.repeat(100);
const { log, stats } = await createWriter(WRITER);
const delay = monitorEventLoopDelay({ resolution: 1 });
const startedAt = performance.now();
let written = 0;
let writingMs = 0;
let mostQueuedBytes = 0;
let settledAt;

delay.enable();
const timer = setInterval(() => {
  const now = performance.now();
  const due = Math.min(lines, Math.floor(((now - startedAt) / 1000) * perSecond));
  while (written < due) log(`line ${++written} ${padding}`);
  writingMs += performance.now() - now;
  const { queued, queuedBytes, written: taken } = stats();
  mostQueuedBytes = Math.max(mostQueuedBytes, queuedBytes);
  if (written < lines) return;
  settledAt ??= now;
  if ((queued > 0 || taken < lines) && now - settledAt < Number(WAIT_MS)) return;
  clearInterval(timer);
  report();
}, 10);

function report() {
  writeFileSync(
    REPORT,
    JSON.stringify({
      stats: stats(),
      microsecondsPerLine: (writingMs * 1000) / lines,
      mostQueuedBytes,
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
      loopDelayMs: { p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 },
      recoveryMs: performance.now() - settledAt,
    }),
  );
}
