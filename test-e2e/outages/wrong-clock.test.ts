/** A machine whose clock is days away from the server's: what the server drops because of it, although it acknowledges it, is reported. */
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { testServer } from '../environment/for-tests.ts';
import { ship } from './shipping-program.ts';

const WRONG_CLOCK = fileURLToPath(new URL('fixtures/wrong-clock.cjs', import.meta.url));
const DAY_MS = 24 * 60 * 60_000;
const LINES = 100;

const server = testServer();

it.each([
  [0, LINES, undefined],
  [-3, LINES, '3 days behind'],
  [-400, 0, '400 days behind'],
  [30, 0, '30 days ahead of'],
])('%i days ahead: %i lines are stored, the warning says %s', async (days, lines, told) => {
  const { name, code, stderr } = await ship({
    program: 'fast.mjs',
    flags: ['--require', WRONG_CLOCK, '--import', 'direct-logging'],
    url: server.url,
    env: { LINES: String(LINES), WAIT_MS: '10000', AHEAD_MS: String(days * DAY_MS) },
  });
  expect(code).toBe(0);
  await server.forceFlush();
  expect(await server.count(`container_name:="${name}"`)).toBe(lines);
  if (told === undefined) expect(stderr).toBe('');
  else
    expect(stderr).toContain(
      `[DL_CLOCK] DirectLoggingWarning: the clock of this machine is ${told}`,
    );
});
