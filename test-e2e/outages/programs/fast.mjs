// Prints LINES lines as fast as it can, waits until they are settled or WAIT_MS are over, and leaves a report.
import { writeFileSync } from 'node:fs';
import { sharedTransport } from '@direct-logging/core';

const { LINES, SLICE = '20000', PADDING = '100', REPORT, WAIT_MS = '0' } = process.env;
const lines = Number(LINES);
const padding = 'x'.repeat(Number(PADDING));
const transport = sharedTransport();
const before = process.memoryUsage.rss();
let written = 0;
let writingMs = 0;
let mostQueuedBytes = 0;
let doneAt;

await new Promise((resolve) => setTimeout(resolve, 300));
step();

function step() {
  const startedAt = performance.now();
  const until = Math.min(lines, written + Number(SLICE));
  while (written < until) {
    written++;
    if (written % 1000 === 0) console.error(`line ${written} ${padding}`);
    else console.log(`line ${written} ${padding}`);
  }
  writingMs += performance.now() - startedAt;
  mostQueuedBytes = Math.max(mostQueuedBytes, transport.stats.queuedBytes);
  if (written < lines) {
    setImmediate(step);
    return;
  }
  doneAt ??= performance.now();
  report();
  if (transport.stats.queued > 0 && performance.now() - doneAt < Number(WAIT_MS)) {
    setTimeout(step, 50);
  }
}

function report() {
  writeFileSync(
    REPORT,
    JSON.stringify({
      stats: { ...transport.stats },
      microsecondsPerLine: (writingMs * 1000) / lines,
      mostQueuedBytes,
      startRssBytes: before,
      memory: process.memoryUsage(),
      peakRssBytes: process.resourceUsage().maxRSS * 1024,
    }),
  );
}
