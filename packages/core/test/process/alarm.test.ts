import { expect, it } from 'vitest';
import { Alarm } from '../../src/process/alarm.ts';
import { ManualClock } from '../manual-clock.ts';

function start() {
  const clock = new ManualClock();
  const rings: number[] = [];
  const alarm = new Alarm(clock, () => rings.push(clock.now));
  return { clock, alarm, rings };
}

it('rings once, at the earliest moment that was set', () => {
  const { clock, alarm, rings } = start();
  for (const at of [1_300, 1_200, 1_250]) alarm.set(at);
  expect(clock.pending).toBe(1);
  clock.advance(199);
  expect(rings).toEqual([]);
  clock.advance(1);
  clock.advance(1_000);
  expect(rings).toEqual([1_200]);
});

it('can be set again after it rang, and from within', () => {
  const clock = new ManualClock();
  let rings = 0;
  const alarm = new Alarm(clock, () => {
    if (++rings < 3) alarm.set(clock.now + 10);
  });
  alarm.set(1_010);
  for (let step = 0; step < 10; step++) clock.advance(10);
  expect(rings).toBe(3);
});

it('does not ring when it was stopped, and can be set to a later moment then', () => {
  const { clock, alarm, rings } = start();
  alarm.set(1_100);
  alarm.stop();
  clock.advance(500);
  expect(rings).toEqual([]);
  alarm.set(1_600);
  clock.advance(100);
  expect(rings).toEqual([1_600]);
});

it('does not keep the process alive', () => {
  const { clock, alarm } = start();
  alarm.set(1_100);
  expect([clock.pending, clock.holding]).toEqual([1, 0]);
});
