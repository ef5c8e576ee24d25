import { describe, expect, it } from 'vitest';
import { Waiters } from '../../src/process/waiters.ts';
import { ManualClock } from '../manual-clock.ts';

describe('Waiters', () => {
  it('tell each flush when the lines before its mark are settled', async () => {
    const waiters = new Waiters(new ManualClock().timers);
    const [first, second] = [waiters.wait(1, 100), waiters.wait(2, 100)];
    waiters.tell((mark) => mark <= 1);
    expect(await first).toBe(true);
    expect(waiters.count).toBe(1);
    waiters.tell((mark) => mark <= 2);
    expect(await second).toBe(true);
    expect(waiters.count).toBe(0);
  });

  it('tell a flush that its time is up, and leave the others', async () => {
    const clock = new ManualClock();
    const waiters = new Waiters(clock.timers);
    const [short, long] = [waiters.wait(1, 100), waiters.wait(1, 200)];
    clock.advance(100);
    expect(await short).toBe(false);
    expect(waiters.count).toBe(1);
    waiters.tell(() => true);
    expect(await long).toBe(true);
  });

  it('keep the process alive until the flush is done, and no longer', async () => {
    const clock = new ManualClock();
    const waiters = new Waiters(clock.timers);
    const flush = waiters.wait(1, 100);
    expect(clock.holding).toBe(1);
    waiters.tell(() => true);
    expect(clock.pending).toBe(0);
    await flush;
  });
});
