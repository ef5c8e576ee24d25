import { describe, expect, it, vi } from 'vitest';
import {
  answerAll,
  BUSY,
  DELIVERED,
  flushInVain,
  INFO,
  makeDelivery,
  sender,
  withoutTimeAndWarnings,
} from './scripted-sender.ts';

withoutTimeAndWarnings();

describe('the flush of a close', () => {
  it.each([
    ['a long one that has begun', 5_000],
    ['a short one that begins again and again', undefined],
  ])(
    'tries once more at its end, whatever the wait after a failure is: %s',
    async (_, retryAfterMs) => {
      const delivery = makeDelivery();
      delivery.append('a\n', INFO);
      const refuse = () => answerAll({ ...BUSY, retryAfterMs });
      refuse();
      const closed = delivery.close(2_000);
      for (let ms = 0; ms < 1_490; ms += 10) {
        await vi.advanceTimersByTimeAsync(10);
        refuse();
      }
      await vi.advanceTimersByTimeAsync(100);
      expect(answerAll(DELIVERED)).toBe('a\n');
      await expect(closed).resolves.toEqual({ complete: true, pending: 0 });
    },
  );

  it.each([
    ['would last until its end', 0],
    ['ends in vain before its end', 4_500],
  ])(
    'retries soon although the waits of an outage have grown: the current one %s',
    async (_, elapsedMs) => {
      const delivery = makeDelivery();
      delivery.append('a\n', INFO);
      for (let failures = 0; failures < 9; failures++) {
        answerAll(BUSY);
        await vi.advanceTimersByTimeAsync(5_000);
      }
      answerAll(BUSY);
      await vi.advanceTimersByTimeAsync(elapsedMs);
      const leftMs = delivery.retry.state.retryAt - Date.now();
      expect(leftMs).toBe(5_000 - elapsedMs);
      const closed = delivery.close(2_000);
      if (elapsedMs > 0) {
        await vi.advanceTimersByTimeAsync(leftMs);
        expect(answerAll(BUSY)).toBe('a\n');
        await vi.advanceTimersByTimeAsync(100);
      } else expect(answerAll(BUSY)).toBe('a\n');
      await vi.advanceTimersByTimeAsync(400);
      expect(answerAll(DELIVERED)).toBe('a\n');
      await expect(closed).resolves.toEqual({ complete: true, pending: 0 });
    },
  );

  it('asks a server that wants to be left alone for longer no more than three times', async () => {
    const delivery = makeDelivery();
    delivery.append('a\n', INFO);
    const refuse = () => answerAll({ ...BUSY, retryAfterMs: 60_000 });
    refuse();
    const closed = delivery.close(2_000);
    let requests = 0;
    for (let ms = 0; ms < 2_000; ms += 10) {
      if (refuse() !== '') requests++;
      await vi.advanceTimersByTimeAsync(10);
    }
    await expect(closed).resolves.toEqual({ complete: false, pending: 1 });
    expect(requests).toBe(3);
  });

  it('waits for what is written meanwhile, too', async () => {
    const delivery = makeDelivery();
    delivery.append('a\n', INFO);
    const closed = delivery.close(2_000);
    delivery.append('b\n', INFO);
    sender.answer(DELIVERED);
    await vi.advanceTimersByTimeAsync(100);
    expect(sender.closed).toBe(false);
    expect(answerAll(DELIVERED)).toBe('b\n');
    await expect(closed).resolves.toEqual({ complete: true, pending: 0 });
  });

  it('does not count the time in which the process was frozen', async () => {
    const delivery = makeDelivery();
    delivery.append('a\n', INFO);
    const closed = delivery.close(2_000);
    await vi.advanceTimersByTimeAsync(740);
    vi.setSystemTime(Date.now() + 4_000);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(answerAll(DELIVERED)).toBe('a\n');
    await expect(closed).resolves.toEqual({ complete: true, pending: 0 });
  });

  it('ends, however often its event loop is blocked', async () => {
    const delivery = makeDelivery();
    delivery.append('a\n', INFO);
    const start = Date.now();
    const ended = delivery.close(2_000).then(() => Date.now() - start);
    for (let block = 0; block < 3; block++) {
      vi.setSystemTime(Date.now() + 1_500);
      await vi.advanceTimersByTimeAsync(100);
    }
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await ended).toBeLessThan(5_000);
  });

  it('waits longer after a flush in vain that could wait as long', async () => {
    const delivery = makeDelivery();
    delivery.append('a\n', INFO);
    await flushInVain(delivery, 2_000);
    const closed = delivery.close(2_000);
    await vi.advanceTimersByTimeAsync(400);
    sender.answer(DELIVERED);
    await expect(closed).resolves.toEqual({ complete: true, pending: 0 });
  });
});
