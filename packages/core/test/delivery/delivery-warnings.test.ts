import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DeliveryWarnings } from '../../src/delivery/delivery-warnings.ts';
import { decide } from '../../src/delivery/retry.ts';
import { enableDebug } from '../../src/process/debug.ts';
import { oncePerThread } from '../../src/process/once-per-thread.ts';
import type { Outcome } from '../../src/senders/outcome.ts';
import { newState } from '../senders/learned.ts';

const URL = 'http://h:1/insert/jsonline';
const BUSY: Outcome = { kind: 'retryable', reason: 'status 503' };
const warnings: string[] = [];
/** The codes that this thread has warned of: each is told once. */
const { warned } = oncePerThread('warnings', () => ({ warned: new Map() }));
const details: string[] = [];
const onWarning = (warning: Error): void => {
  warnings.push(`${(warning as NodeJS.ErrnoException).code}: ${warning.message}`);
};

beforeEach(() => {
  process.on('warning', onWarning);
  enableDebug();
  const raw = vi.spyOn(process as unknown as { _rawDebug(text: string): void }, '_rawDebug');
  raw.mockImplementation((text) => void details.push(text.replace('direct-logging: ', '')));
});

afterEach(() => {
  process.off('warning', onWarning);
  vi.restoreAllMocks();
  warnings.length = details.length = 0;
  warned.clear();
});

/** What the warnings are once they are emitted, after this run. */
async function emitted(): Promise<string[]> {
  await new Promise((resolve) => setImmediate(resolve));
  return warnings;
}

function failure(outcome: Outcome, now: number, state = newState(4096)) {
  return decide(state, { lines: 2, bytes: 10 }, outcome, now, 0);
}

it('warns of a server that has failed for five seconds, and not before', async () => {
  const about = new DeliveryWarnings(URL);
  const first = failure(BUSY, 1_000);
  about.failed(first, 1_000);
  about.failed(failure(BUSY, 5_999, first.state.endBackoff()), 5_999);
  expect(await emitted()).toEqual([]);
  about.failed(failure(BUSY, 6_000, first.state.endBackoff()), 6_000);
  expect(await emitted()).toEqual([
    `DL_UNDELIVERED: log records cannot be delivered to ${URL} at the moment (status 503)`,
  ]);
  expect(about.lastFailure).toBe(`${URL} (status 503)`);
});

it('warns of answers that are late again and again, though others come', async () => {
  const LATE: Outcome = { kind: 'retryable', reason: 'no answer', silentBytes: 2_000 };
  const about = new DeliveryWarnings(URL);
  for (const now of [0, 60_001]) {
    about.failed(failure(LATE, now), now);
    about.delivered();
  }
  // A request without lines.
  about.failed(failure({ ...LATE, silentBytes: 0 }, 70_000), 70_000);
  expect(await emitted()).toEqual([]);
  about.failed(failure(LATE, 120_001), 120_001);
  expect(await emitted()).toEqual([
    `DL_UNDELIVERED: log records cannot be delivered to ${URL} at the moment (no answer)`,
  ]);
});

it('warns of a refusal at once, and says that nothing is lost', async () => {
  const about = new DeliveryWarnings(URL);
  about.failed(failure({ kind: 'refused', reason: 'status 401' }, 0), 0);
  expect(await emitted()).toEqual([
    `DL_REFUSED: ${URL} refuses log records: status 401; they are kept and tried again`,
  ]);
});

it('shows in the details what changes, each thing once', () => {
  const about = new DeliveryWarnings(URL);
  about.connected(' over TLSv1.3');
  about.connected(' over TLSv1.3');
  about.delivered();
  about.delivered();
  const { state } = failure(BUSY, 0);
  about.failed(failure(BUSY, 0), 0);
  about.failed(failure(BUSY, 10, state.endBackoff()), 10);
  about.delivered();
  expect(details).toEqual([
    `connected to ${URL} over TLSv1.3`,
    'the first records are delivered',
    expect.stringMatching(/^failure 1: status 503; next attempt in \d+ ms$/),
    'records are delivered again',
  ]);
  expect(about.lastFailure).toBeUndefined();
});

it('tells what is lost at the exit, in threads too, from what is only unconfirmed', async () => {
  new DeliveryWarnings(URL).leftAtEnd({ lines: 5, unsent: 2 }, 2, { lines: 2, unsent: 1 });
  expect(await emitted()).toEqual([
    `DL_LOST_AT_EXIT: 5 log records were not delivered to ${URL} (the time was up)`,
    `DL_UNCONFIRMED_AT_EXIT: 4 log records were sent but not confirmed by ${URL} (the time was up); the server may have stored them`,
  ]);
});

it('tells what is lost with a transport in one warning, and leaves those of the exit to the exit', async () => {
  const warnings = new DeliveryWarnings(URL);
  warnings.leftAtEnd({ lines: 5, unsent: 2 }, 2, undefined, true);
  warnings.leftAtEnd({ lines: 1, unsent: 1 }, 0);
  expect(await emitted()).toEqual([
    `DL_CLOSED: 7 log records were not acknowledged by ${URL} (the time was up) when the transport was closed`,
    `DL_LOST_AT_EXIT: 1 log records were not delivered to ${URL} (the time was up)`,
  ]);
});
