/** 20,000 lines at 2,000 a second through every outage (5,000 lines in the short run): all of them arrive, in order. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { isFullRun, isSample, sampleOf } from '../environment/extent.ts';
import { startVictoriaLogs, type VictoriaLogs } from '../environment/victorialogs.ts';
import { record } from './measured.ts';
import { SCENARIOS } from './scenarios.ts';
import { survive } from './survive.ts';

/** An open request takes a second: a shorter fault could pass between two of them. */
const SCALE = isFullRun() || isSample() ? 1 : 0.25;
const TRIED = isSample() ? sampleOf(SCENARIOS, 4) : SCENARIOS;
const CONSOLE = { name: 'console', withPreload: true };
const MB = 1_000_000;

let shared: VictoriaLogs;

beforeAll(async () => {
  shared = await startVictoriaLogs({ own: true, say: () => {} });
});
afterAll(async () => {
  await shared?.stop();
});

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
