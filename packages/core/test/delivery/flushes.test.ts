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

describe('Flushes', () => {
  it('resolves a flush when what was written before is acknowledged, not what comes later', async () => {
    const delivery = makeDelivery();
    delivery.append('a\n', INFO);
    const flushed = delivery.flush(300);
    delivery.append('b\n', INFO);
    sender.answer(DELIVERED);
    await expect(flushed).resolves.toEqual({ complete: true, pending: 1 });
    expect(sender.finished).toBeGreaterThan(0);
  });

  it('ends a flush when its time is up, and after one in vain waits no longer until an answer comes', async () => {
    const delivery = makeDelivery();
    delivery.append('a\n', INFO);
    for (const wait of [300, 10, 10]) {
      const flushed = delivery.flush(300);
      await vi.advanceTimersByTimeAsync(wait - 1);
      expect(vi.getTimerCount()).toBe(1);
      await vi.advanceTimersByTimeAsync(1);
      await expect(flushed).resolves.toEqual({ complete: false, pending: 1 });
    }
    sender.answer(DELIVERED);
    delivery.append('b\n', INFO);
    const flushed = delivery.flush(300);
    await vi.advanceTimersByTimeAsync(200);
    sender.answer(DELIVERED);
    await expect(flushed).resolves.toEqual({ complete: true, pending: 0 });
  });

  it('waits as usual once in five seconds after one in vain, so that a connection can be made', async () => {
    const delivery = makeDelivery();
    delivery.append('a\n', INFO);
    for (const [pause, wait] of [
      [0, 300],
      [2_500, 10],
      [2_500, 300],
      [0, 10],
    ] as const) {
      await vi.advanceTimersByTimeAsync(pause);
      const flushed = delivery.flush(300);
      await vi.advanceTimersByTimeAsync(wait - 1);
      expect(vi.getTimerCount()).toBe(1);
      await vi.advanceTimersByTimeAsync(1);
      await expect(flushed).resolves.toEqual({ complete: false, pending: 1 });
    }
  });

  it.each(['flush', 'close'] as const)(
    'waits for all of its time in a %s after a shorter flush in vain',
    async (last) => {
      const delivery = makeDelivery();
      delivery.append('a\n', INFO);
      await flushInVain(delivery, 300);
      const ended = delivery[last](2_000);
      await vi.advanceTimersByTimeAsync(1_900);
      sender.answer(DELIVERED);
      await expect(ended).resolves.toEqual({ complete: true, pending: 0 });
    },
  );

  it.each(['flush', 'close'] as const)(
    'looks at silent connections in a %s although others have answered at its beginning',
    async (last) => {
      const delivery = makeDelivery();
      delivery.append('a\n', INFO);
      delivery.append('b\n', INFO);
      const suspect = vi.fn();
      Object.assign(sender, { suspect });
      const ended = delivery[last](2_000);
      await vi.advanceTimersByTimeAsync(5);
      sender.answer(DELIVERED);
      await vi.advanceTimersByTimeAsync(1_200);
      expect(suspect).toHaveBeenCalledOnce();
      sender.answer(DELIVERED);
      await expect(ended).resolves.toEqual({ complete: true, pending: 0 });
    },
  );

  it.each(['flush', 'close'] as const)(
    'looks at silent connections in a %s although others go on to acknowledge newer lines',
    async (last) => {
      const delivery = makeDelivery();
      delivery.append('a\n', INFO);
      const [silent = []] = sender.requests.splice(0);
      for (let line = 0; line < 12; line++) delivery.append('b\n', INFO);
      const suspect = vi.fn();
      Object.assign(sender, { suspect });
      const ended = delivery[last](2_000);
      for (let line = 0; line < 12; line++) {
        await vi.advanceTimersByTimeAsync(100);
        sender.answer(DELIVERED);
      }
      expect(suspect).toHaveBeenCalledOnce();
      sender.requests.unshift(silent);
      answerAll(DELIVERED);
      await expect(ended).resolves.toEqual({ complete: true, pending: 0 });
    },
  );

  it.each([
    ['all of its time after a shorter flush', 300, 2_000],
    ['half a second after one that could wait as long', 2_000, 500],
  ])('waits at the exit for %s in vain', async (_, flushMs, waitsMs) => {
    const delivery = makeDelivery();
    delivery.append('a\n', INFO);
    await flushInVain(delivery, flushMs);
    // A shorter one in vain says no more.
    await flushInVain(delivery, 20);
    sender.sync = () => void vi.advanceTimersByTime(100);
    const start = Date.now();
    expect(delivery.flushSync(2_000)).toEqual({ complete: false, pending: 1 });
    expect(Date.now() - start).toBe(waitsMs);
  });

  it('waits at no later end for long after one in vain that somebody waits for', async () => {
    const delivery = makeDelivery();
    delivery.append('a\n', INFO);
    await flushInVain(delivery, 300, 300);
    sender.sync = () => void vi.advanceTimersByTime(100);
    const start = Date.now();
    expect(delivery.flushSync(2_000)).toEqual({ complete: false, pending: 1 });
    expect(Date.now() - start).toBe(500);
  });

  it('goes on with another sender after a flush without the event loop that took the last resort', async () => {
    const delivery = makeDelivery();
    delivery.append('a\n', INFO);
    const first = sender;
    expect(delivery.flushSync(2_000)).toEqual({ complete: false, pending: 1 });
    delivery.append('b\n', INFO);
    expect(first.closed).toBe(true);
    await vi.waitUntil(() => sender !== first);
    expect(sender).not.toBe(first);
    vi.advanceTimersByTime(10_000);
    sender.pump();
    expect(answerAll(DELIVERED)).toBe('a\nb\n');
  });

  it('shortens no later flush where it tried only once', async () => {
    const delivery = makeDelivery();
    delivery.append('a\n', INFO);
    expect(delivery.flushSync(300, true)).toEqual({ complete: false, pending: 1 });
    const flushed = delivery.flush(300);
    await vi.advanceTimersByTimeAsync(200);
    sender.pump();
    sender.answer(DELIVERED);
    await expect(flushed).resolves.toEqual({ complete: true, pending: 0 });
  });

  it('does not wait for a flush when no attempt will be made in time', async () => {
    const delivery = makeDelivery();
    delivery.append('a\n', INFO);
    sender.answer({ ...BUSY, retryAfterMs: 5_000 });
    await expect(delivery.flush(300)).resolves.toEqual({ complete: false, pending: 1 });
  });

  it('tries at most twice more in an exiting process to reach a server that is down', () => {
    const delivery = makeDelivery();
    delivery.append('a\n', INFO);
    let tries = 0;
    sender.sync = () => {
      if (sender.requests.length === 0) return;
      tries++;
      sender.answer({ ...BUSY, unreachable: true });
    };
    expect(delivery.flushSync(2_000)).toEqual({ complete: false, pending: 1 });
    expect(tries).toBeLessThanOrEqual(4);
    expect(tries).toBeGreaterThan(1);
  });

  it('goes on in an exiting process after any number of connections that break at once', () => {
    const delivery = makeDelivery();
    delivery.append('a\n', INFO);
    let left = 6;
    sender.sync = () => {
      vi.advanceTimersByTime(10);
      if (left-- > 0) sender.answer({ kind: 'retryable', reason: 'ECONNRESET', contactLost: true });
      else answerAll(DELIVERED);
    };
    expect(delivery.flushSync(2_000)).toEqual({ complete: true, pending: 0 });
  });

  it('waits for as long as it may for a server that gave no answer but takes connections', () => {
    const delivery = makeDelivery();
    delivery.append('a\n', INFO);
    sender.answer({ kind: 'retryable', reason: 'no answer within 10000 ms', contactLost: true });
    const backAt = Date.now() + 1_900;
    sender.sync = () => {
      vi.advanceTimersByTime(100);
      if (Date.now() >= backAt) answerAll(DELIVERED);
    };
    expect(delivery.flushSync(2_000)).toEqual({ complete: true, pending: 0 });
  });

  it.each([
    ['that took too long', undefined],
    ['that no attempt could end', 1_000],
  ])(
    'waits in an exiting process for a busy server for as long as it may, also after a flush %s',
    async (_, retryAfterMs) => {
      const busy = { ...BUSY, isBusy: true, isAnswer: true, retryAfterMs } as const;
      const delivery = makeDelivery();
      delivery.append('a\n', INFO);
      const backAt = Date.now() + 1_500;
      const answer = () => answerAll(Date.now() < backAt ? busy : DELIVERED);
      answer();
      const flushed = delivery.flush(300);
      for (let ms = 0; ms < 300; ms += 10) {
        await vi.advanceTimersByTimeAsync(10);
        answer();
      }
      await expect(flushed).resolves.toEqual({ complete: false, pending: 1 });
      sender.sync = () => {
        vi.advanceTimersByTime(10);
        answer();
      };
      expect(delivery.flushSync(2_000)).toEqual({ complete: true, pending: 0 });
    },
  );

  it('goes on to retry in an exiting process although the waits of an outage have grown', async () => {
    const busy = { ...BUSY, isBusy: true, contactLost: true, isAnswer: false } as const;
    const delivery = makeDelivery();
    delivery.append('a\n', INFO);
    for (let tries = 0; tries < 12; tries++) {
      await vi.waitUntil(() => sender.requests.length > 0, 10_000);
      answerAll(busy);
    }
    const start = Date.now();
    const backAt = start + 1_000;
    sender.sync = () => {
      vi.advanceTimersByTime(10);
      answerAll(Date.now() < backAt ? busy : DELIVERED);
    };
    expect(delivery.flushSync(2_000)).toEqual({ complete: true, pending: 0 });
  });

  it('does not wait long in an exiting process for a server that was busy, and is silent now', async () => {
    const delivery = makeDelivery();
    delivery.append('a\n', INFO);
    sender.answer({ ...BUSY, isBusy: true, isAnswer: true });
    sender.pump();
    expect(answerAll(DELIVERED)).toBe('a\n');
    delivery.append('b\n', INFO);
    await flushInVain(delivery, 2_000);
    const start = Date.now();
    sender.sync = () => vi.advanceTimersByTime(10);
    expect(delivery.flushSync(2_000)).toEqual({ complete: false, pending: 1 });
    expect(Date.now() - start).toBeLessThan(600);
  });
});
