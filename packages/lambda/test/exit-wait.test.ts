import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { boundExit, type ExitWait } from '../src/exit-wait.ts';
import { ManualClock, ScriptedTransport } from './fakes.ts';

let scripted: ScriptedTransport;
let clock: ManualClock;
let folder: string;
let deadlineMs: number | undefined;
let wait: ExitWait;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'direct-logging-exit-wait-'));
  clock = new ManualClock();
  start();
});
afterEach(async () => {
  wait.stop();
  await rm(folder, { recursive: true });
});

/** As in a new process of the same environment. */
function start(): void {
  wait?.stop();
  scripted = new ScriptedTransport();
  deadlineMs = clock.time + 3000;
  const env = { TMPDIR: folder, AWS_LAMBDA_FUNCTION_NAME: 'shop' };
  wait = boundExit(scripted.transport, clock, env, () => deadlineMs);
}

/** Runs our listeners for the event, and returns how long the transport may wait between them. */
function exit(name: 'exit' | 'beforeExit' = 'exit'): number | undefined {
  const ours = process
    .listeners(name as 'exit')
    .filter(({ name }) => name === 'beforeFlush' || name === 'afterFlush');
  for (const listener of ours) listener.call(process, 0);
  return scripted.deadline === undefined ? undefined : scripted.deadline - clock.time;
}

it('waits for half of the time that the invocation has left, less a reserve', () => {
  expect(exit()).toBe(1400);
  clock.advance(2000);
  expect(exit('beforeExit')).toBe(400);
  clock.advance(2000);
  expect(exit()).toBe(0);
});

it('waits as long as the settings say while no invocation runs', () => {
  deadlineMs = undefined;
  expect(exit()).toBeUndefined();
});

it('waits briefly after a flush in vain, until the server answers again', () => {
  scripted.stats.delivered = 7;
  wait.flushed(false);
  expect(exit()).toBe(100);
  scripted.stats.delivered = 8;
  expect(exit()).toBe(1400);
  wait.flushed(false);
  wait.flushed(true);
  expect(exit()).toBe(1400);
});

it('waits briefly in the next process after an exit in vain, until the server answers again', () => {
  scripted.stats.queued = 1;
  expect(exit()).toBe(1400);
  for (const _ of ['second', 'third']) {
    start();
    scripted.stats.queued = 1;
    expect(exit()).toBe(100);
  }
  start();
  scripted.stats.delivered = 1;
  expect(exit()).toBe(1400);
  expect(existsSync(join(folder, 'direct-logging-unanswered-shop'))).toBe(false);
  start();
  expect(exit()).toBe(1400);
});
