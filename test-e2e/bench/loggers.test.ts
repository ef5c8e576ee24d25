/** The ways that bench/loggers.ts compares are set up rightly: of a program that ends as each asks for, every line arrives. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startCountingServer } from '../../bench/loggers/counting-server.ts';
import { installPeers } from '../../bench/loggers/install-peers.ts';
import { runWay, type Surroundings } from '../../bench/loggers/run-way.ts';
import { isOurs, WAYS } from '../../bench/loggers/ways.ts';
import { isFullRun } from '../environment/extent.ts';
import { startVictoriaLogs } from '../environment/victorialogs.ts';

const LINES = 100;
/** Those of others are installed for the whole matrix only; ours need no more than the loggers. */
const whole = isFullRun();
const ways = WAYS.filter((way) => way.to !== 'nowhere' && (whole || isOurs(way)));

let surroundings: Surroundings;

beforeAll(async () => {
  surroundings = {
    server: await startVictoriaLogs(),
    countingServer: await startCountingServer(),
    peers: whole ? await installPeers() : fileURLToPath(new URL('../../', import.meta.url)),
  };
});

afterAll(async () => {
  surroundings?.countingServer.stop();
  await surroundings?.server.stop();
});

it.each(ways)('$title', async (way) => {
  const termination = way.mustBeClosed ? 'closed' : 'natural';
  const { arrived, endedMs } = await runWay(way, termination, LINES, surroundings);
  expect(arrived).toBe(LINES);
  expect(endedMs).toBeGreaterThan(0);
});
