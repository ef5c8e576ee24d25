import { describe, expect, it } from 'vitest';
import { ReplayBuffer } from '../../src/delivery/replay-buffer.ts';

describe('ReplayBuffer', () => {
  it('hands out what was acknowledged in the last 15 s, line by line, once', () => {
    const replay = new ReplayBuffer(1_000);
    replay.keep(Buffer.from('old\n'), 0);
    replay.keep(Buffer.from('a\nb\n'), 10_000);
    replay.keep(Buffer.from('c\n'), 20_000);
    expect(replay.takeEndangered(24_000).lines).toEqual(['a\n', 'b\n', 'c\n']);
    expect(replay.takeEndangered(24_000).lines).toEqual([]);
  });

  it('hands out what was acknowledged in the 15 s before a server fell silent, though this is noticed later', () => {
    const replay = new ReplayBuffer(1_000);
    for (const [line, at] of [
      ['a\n', 4_999],
      ['b\n', 5_001],
      ['c\n', 20_000],
    ] as const)
      replay.keep(Buffer.from(line), at);
    expect(replay.takeEndangered(30_000).lines).toEqual(['b\n', 'c\n']);
  });

  it('hands out nothing of a program that has been idle for longer', () => {
    const replay = new ReplayBuffer(1_000);
    replay.keep(Buffer.from('a\n'), 5_000);
    expect(replay.takeEndangered(30_001).lines).toEqual([]);
  });

  it('keeps no more bytes than it may, the latest ones', () => {
    const replay = new ReplayBuffer(8);
    replay.keep(Buffer.from('aaa\n'), 1);
    replay.keep(Buffer.from('bbb\n'), 2);
    expect(replay.takeEndangered(3).lines).toEqual(['aaa\n', 'bbb\n']);
    for (const text of ['aaa\n', 'bbb\n', 'ccc\n']) replay.keep(Buffer.from(text), 4);
    expect(replay.takeEndangered(5).lines).toEqual(['bbb\n', 'ccc\n']);
  });

  it('loses no others for what is larger than all that it may keep', () => {
    const replay = new ReplayBuffer(8);
    replay.keep(Buffer.from('aaa\n'), 1);
    replay.keep(Buffer.from('bbbbbbbb\n'), 2);
    expect(replay.takeEndangered(3).lines).toEqual(['aaa\n']);
  });

  it('counts what it has forgotten and the server may lose', () => {
    const replay = new ReplayBuffer(8);
    replay.keep(Buffer.from('old\n'), 0);
    replay.keep(Buffer.from('a\nb\n'), 10_000);
    replay.keep(Buffer.from('ccccccc\n'), 10_001);
    replay.keep(Buffer.from('too long\n'), 20_000);
    expect(replay.takeEndangered(24_000)).toEqual({ lines: ['ccccccc\n'], forgotten: 3 });
    expect(replay.takeEndangered(24_000)).toEqual({ lines: [], forgotten: 0 });
  });
});
