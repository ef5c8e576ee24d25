import { describe, expect, it } from 'vitest';
import { ReplayBuffer } from '../../src/delivery/replay-buffer.ts';

describe('ReplayBuffer', () => {
  it('hands out what was acknowledged in the last 15 s, line by line, once', () => {
    const acknowledged = new ReplayBuffer(1_000);
    acknowledged.keep(Buffer.from('old\n'), 0);
    acknowledged.keep(Buffer.from('a\nb\n'), 10_000);
    acknowledged.keep(Buffer.from('c\n'), 20_000);
    expect(acknowledged.takeEndangered(24_000)).toEqual(['a\n', 'b\n', 'c\n']);
    expect(acknowledged.takeEndangered(24_000)).toEqual([]);
  });

  it('keeps a copy, and no more bytes than it may', () => {
    const acknowledged = new ReplayBuffer(8);
    const lines = Buffer.from('aaa\n');
    acknowledged.keep(lines, 1);
    lines.write('xxx\n');
    acknowledged.keep(Buffer.from('bbb\n'), 2);
    expect(acknowledged.takeEndangered(3)).toEqual(['aaa\n', 'bbb\n']);
    for (const text of ['aaa\n', 'bbb\n', 'ccc\n']) acknowledged.keep(Buffer.from(text), 4);
    expect(acknowledged.takeEndangered(5)).toEqual(['bbb\n', 'ccc\n']);
  });
});
