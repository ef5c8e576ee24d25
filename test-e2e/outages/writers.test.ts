/** The same outages for every other way of logging, a quarter as long; in the long run alone. */
import { describe, it } from 'vitest';
import { isFullRun } from '../environment/extent.ts';
import { testServer } from '../environment/for-tests.ts';
import { record } from './measured.ts';
import { SCENARIOS } from './scenarios.ts';
import { survive } from './survive.ts';
import { OTHER_WRITERS } from './writers.ts';

const SCALE = 0.25;
/** A short run tries one outage with each. */
const TRIED = isFullRun()
  ? SCENARIOS
  : SCENARIOS.filter(({ name }) => name === 'connections refused for 5 s');

const shared = testServer({ own: true });

describe.each(OTHER_WRITERS)('$title', { concurrent: true }, (writer) => {
  it.each(TRIED)('delivers every line in order: $name', async (scenario) => {
    const { lines, report, counts } = await survive({ scenario, writer, scale: SCALE }, shared);
    const { resent, dropped } = report.stats;
    record('writers', `${writer.name}, ${scenario.name}`, { lines, ...counts, resent, dropped });
  });
});
