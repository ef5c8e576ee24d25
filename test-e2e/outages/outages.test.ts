/** 20,000 lines at 2,000 a second through every outage (5,000 lines in the short run): all of them arrive, in order. */
import { describe, it } from 'vitest';
import { isFullRun, isSample, sampleOf } from '../environment/extent.ts';
import { testServer } from '../environment/for-tests.ts';
import { record } from './measured.ts';
import { SCENARIOS } from './scenarios.ts';
import { survive } from './survive.ts';

/** An open request takes a second: a shorter fault could pass between two of them. */
const SCALE = isFullRun() || isSample() ? 1 : 0.25;
const TRIED = isSample() ? sampleOf(SCENARIOS, 4) : SCENARIOS;
const CONSOLE = { name: 'console', withPreload: true };
const MB = 1_000_000;

const shared = testServer({ own: true });

describe.each(TRIED)('$name', { concurrent: !isFullRun() }, (scenario) => {
  it('delivers every line in order', async () => {
    const passage = { scenario, writer: CONSOLE, scale: SCALE };
    const { lines, report, counts, seen } = await survive(passage, shared);
    const { stats, loopDelayMs } = report;
    record('outages', scenario.name, {
      lines,
      ...counts,
      resent: stats.resent,
      dropped: stats.dropped,
      requests: seen.requests,
      connections: seen.connections,
      recoveryMs: Math.round(report.recoveryMs),
      peakRssMb: Math.round(report.peakRssBytes / MB),
      mostQueuedKb: Math.round(report.mostQueuedBytes / 1_000),
      microsecondsPerLine: Number(report.microsecondsPerLine.toFixed(1)),
      loopDelayMs: { p99: Math.round(loopDelayMs.p99), max: Math.round(loopDelayMs.max) },
    });
  });
});
