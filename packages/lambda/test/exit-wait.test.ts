import { afterEach, beforeEach, expect, it } from 'vitest';
import { boundExit } from '../src/exit-wait.ts';
import { ManualClock, ScriptedTransport } from './fakes.ts';

let scripted: ScriptedTransport;
let clock: ManualClock;
let deadlineMs: number | undefined;
let unbound: () => void;
let others: ReadonlySet<unknown>;

beforeEach(() => {
  clock = new ManualClock();
  scripted = new ScriptedTransport();
  deadlineMs = clock.time + 3000;
  others = listeners();
  unbound = boundExit(scripted.transport, () => deadlineMs);
});
afterEach(() => {
  unbound();
  clock.stop();
});

function listeners(): ReadonlySet<unknown> {
  return new Set([...process.listeners('exit'), ...process.listeners('beforeExit')]);
}

/** Runs our listeners for the event, and returns how long the transport may wait after them. */
function exit(name: 'exit' | 'beforeExit' = 'exit'): number | undefined {
  const ours = process.listeners(name as 'exit').filter((one) => !others.has(one));
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

it('leaves no listener behind', () => {
  unbound();
  expect(exit()).toBeUndefined();
  expect(exit('beforeExit')).toBeUndefined();
});
