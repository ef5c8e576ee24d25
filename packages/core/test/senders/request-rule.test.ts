import { describe, expect, it } from 'vitest';
import { endOf, Pause, RequestSize } from '../../src/senders/request-rule.ts';

const MIB = 1024 * 1024;

describe('the end of requests', () => {
  const end = (count: number, bytes: number, ageMs: number) =>
    endOf({ count, bytes }, ageMs, 12 * MIB);

  it('comes with another idle connection at 64 lines or 16 KiB and 20 ms, or after a second', () => {
    expect(end(64, 1_000, 20)).toBe('if idle');
    expect(end(1, 16 * 1024, 20)).toBe('if idle');
    expect(end(63, 1_000, 999)).toBe('later');
    expect(end(1, 100, 1_000)).toBe('if idle');
    expect(end(10_000, MIB, 19)).toBe('later');
  });

  it('comes after three seconds unless the server is slow, and at the size that it takes in any case', () => {
    expect(end(1, 100, 3_000)).toBe('unless slow');
    expect(end(100_000, 11 * MIB, 2_999)).toBe('if idle');
    expect(end(100_000, 12 * MIB, 0)).toBe('now');
  });

  it('comes after a pause: a short one once in a second if another connection is idle, and none if the server is slow', () => {
    const pause = new Pause();
    const after = (shortAt: number, others: 'idle' | 'busy' | 'slow') => {
      pause.lineAt = shortAt - 5;
      pause.ended(shortAt);
      pause.lineAt = 10_000;
      return pause.endsAt(others);
    };
    expect(after(0, 'idle')).toBe(10_005);
    expect(after(9_050, 'idle')).toBe(10_050);
    expect(after(9_990, 'idle')).toBe(10_100);
    expect(after(0, 'busy')).toBe(10_100);
    expect(after(0, 'slow')).toBe(Number.POSITIVE_INFINITY);
    // One that ends after a long pause does not count.
    pause.lineAt = 9_000;
    pause.ended(9_200);
    pause.lineAt = 10_000;
    expect(pause.endsAt('idle')).toBe(10_005);
  });
});

describe('the size of requests', () => {
  const FIRST = new RequestSize(1024 * MIB);
  const USED = FIRST.afterAnswer(0, 1);

  it('begins large, but with a quarter of the queue at most', () => {
    expect(FIRST).toMatchObject({ acceptedBytes: 12 * MIB });
    expect(FIRST.bytesAtOnce).toBe(Number.POSITIVE_INFINITY);
    expect(new RequestSize(MIB).acceptedBytes).toBe(MIB / 4);
  });

  it('is halved by what the server does not take, and doubled by what it takes', () => {
    const halved = FIRST.afterRefusal(MIB, false);
    expect(halved.acceptedBytes).toBe(MIB / 2);
    expect(halved.bytesAtOnce).toBe(Number.POSITIVE_INFINITY);
    expect(halved.afterLines().acceptedBytes).toBe(MIB);
    expect(FIRST.afterLines().acceptedBytes).toBe(12 * MIB);
  });

  it('is at most half a megabyte after one that is too large: a proxy may store a megabyte of each', () => {
    expect(FIRST.afterRefusal(12 * MIB, true)).toMatchObject({
      acceptedBytes: MIB / 2,
      maxBytes: MIB / 2,
    });
    expect(FIRST.afterRefusal(MIB / 4, true).acceptedBytes).toBe(MIB / 8);
  });

  it('shrinks to half a second of what a slow server takes', () => {
    const slow = FIRST.afterAnswer(0, 0).afterAnswer(4 * MIB, 2_000);
    expect(slow.bytesAtOnce).toBe(MIB);
    expect(slow.afterAnswer(MIB, 100_000).bytesAtOnce).toBe(64 * 1024);
  });

  it('grows again where every answer comes late, however small its request', () => {
    let size = USED;
    for (const bytes of [600_000, 150_000]) size = size.afterAnswer(bytes, 2_000);
    expect(size.bytesAtOnce).toBe(65_536);
    size = size.afterAnswer(100_000, 2_000);
    expect(size.bytesAtOnce).toBe(2 * 65_536);
    for (let answers = 0; answers < 8; answers++) size = size.afterAnswer(12 * MIB, 2_050);
    expect(size.bytesAtOnce).toBe(Number.POSITIVE_INFINITY);
  });

  it('shrinks after a silence, and grows by what was taken: a slow link may be its reason', () => {
    const silent = USED.afterFailure(true, 512 * 1024);
    expect(silent.bytesAtOnce).toBe(128 * 1024);
    expect(silent.afterFailure(true, 100_000).bytesAtOnce).toBe(65_536);
    expect(silent.afterAnswer(0, 5).bytesAtOnce).toBe(128 * 1024);
    expect(silent.afterAnswer(1_000, 5).bytesAtOnce).toBe(128 * 1024 + 1_000);
    let size = silent;
    for (let answers = 0; answers < 7; answers++) size = size.afterAnswer(size.bytesAtOnce, 5);
    expect(size).toMatchObject({ bytesAtOnce: Number.POSITIVE_INFINITY, isSlowLink: false });
    expect(USED.afterFailure(true, 65_536)).toEqual(USED.afterFailure(true));
    // Once all is delivered, what comes next is not kept back for long.
    const { bytesAtOnce } = silent.afterAnswer(1_000, 5, true).afterAnswer(1_000, 5);
    expect(bytesAtOnce).toBe(2 * (128 * 1024 + 1_000));
  });

  it('is small after a failure and grows while answers are quick', () => {
    let size = USED.afterFailure(true);
    expect(size.bytesAtOnce).toBe(256 * 1024);
    size = size.afterAnswer(200_000, 400);
    expect(size.bytesAtOnce).toBe(256 * 1024);
    for (let answers = 0; answers < 6; answers++) {
      expect(size.bytesAtOnce).toBeLessThan(12 * MIB);
      size = size.afterAnswer(100, 5);
    }
    expect(size.bytesAtOnce).toBe(Number.POSITIVE_INFINITY);
  });
});
