import { describe, expect, it } from 'vitest';
import { SeenRows } from '../../src/command/tail.ts';

const numbered = (seq: number) => ({ _msg: 'x', 'shipper.id': 'a', 'shipper.seq': String(seq) });

describe('SeenRows', () => {
  it('gives what the answer before did not have, wherever it stands', () => {
    const seen = new SeenRows();
    expect(seen.newAmong([numbered(1), numbered(3)])).toHaveLength(2);
    expect(seen.newAmong([numbered(1), numbered(2), numbered(3), numbered(4)])).toEqual([
      numbered(2),
      numbered(4),
    ]);
  });

  it('takes a record that is stored twice for one, in one answer or in two', () => {
    const seen = new SeenRows();
    const copy = { ...numbered(1), _stream_id: 'other' };
    expect(seen.newAmong([numbered(1), copy])).toEqual([numbered(1)]);
    expect(seen.newAmong([copy, numbered(1), copy])).toEqual([]);
  });

  it('takes equal rows without numbers for as many lines', () => {
    const seen = new SeenRows();
    const row = { _msg: 'tick', _time: 't' };
    expect(seen.newAmong([row, row])).toHaveLength(2);
    expect(seen.newAmong([row, row, row])).toEqual([row]);
  });
});
