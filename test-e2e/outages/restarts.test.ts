/** A program that ends right after its server has been started again: what it printed then is stored. */
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { isFullRun } from '../environment/extent.ts';
import { testServer } from '../environment/for-tests.ts';
import { ship } from './shipping-program.ts';

/** After each the next attempt of the program may be up to so much later. */
const OUTAGES_MS = isFullRun() ? [0, 100, 500, 2_000, 6_000] : [0, 1_000];
/** From the start of the server to the last lines. */
const LATER_MS = isFullRun() ? [0, 50, 200, 500] : [0];
const LINES = 3_000;
/** A server that has just started can answer so late on a busy machine that the exit sends what one connection holds again. */
const MAX_DUPLICATES = 64;

const server = testServer({ own: true });

describe.each(['SIGTERM', 'SIGKILL'] as const)('the server ends with %s', (signal) => {
  const cases = OUTAGES_MS.flatMap((outageMs) => LATER_MS.map((laterMs) => [outageMs, laterMs]));
  it.each(cases)(
    'and is back after %d ms; programs end %d ms later',
    async (outageMs, laterMs) => {
      const urls = [server.url, server.url.replace('//127.0.0.1', '//localhost')];
      const ways = ['exit', 'natural'].flatMap((way) => urls.map((url) => ({ way, url })));
      const programs = await Promise.all(ways.map(({ way, url }) => start(way, url)));

      await server.stop({ signal, keepData: true });
      await sleep(outageMs);
      await server.restart();
      await sleep(laterMs);
      for (const program of programs) program.continue();

      for (const { run, tag } of programs) {
        expect(await run).toMatchObject({ code: 3, signal: null });
        const rows = await server.queryWhen(`"after" ${tag}`, LINES);
        expect(new Set(rows.map((row) => row._msg)).size).toBe(LINES);
        expect(rows.length).toBeLessThanOrEqual(LINES + MAX_DUPLICATES);
      }
    },
    60_000,
  );
});

/** Starts a program and waits until its first lines are stored. */
async function start(way: string, url: string) {
  const tag = randomUUID().replaceAll('-', '');
  let child: ChildProcess | undefined;
  const run = ship({
    program: 'after-restart.mjs',
    args: [way],
    url,
    env: { TAG: tag },
    onStart: (started) => {
      child = started;
    },
  });
  expect(await server.queryWhen(`"before" ${tag}`, 100)).toHaveLength(100);
  return { tag, run, continue: () => child?.kill('SIGUSR2') };
}
