import { describe, expect, it } from 'vitest';
import { showRow } from '../src/show-row.ts';

const ROW = { _time: '2026-01-31T12:34:56.7Z', _msg: 'late', level: 'ERROR', container_name: 'c' };

describe('showRow', () => {
  it('shows time, level, container and message', () => {
    expect(showRow(ROW, false)).toBe('2026-01-31 12:34:56.700 ERROR c late\n');
  });

  it('colours the level, for people', () => {
    expect(showRow(ROW, true)).toContain('\x1b[31mERROR\x1b[39m');
  });

  it('lets no message or name move the cursor or rename the window', () => {
    const shown = showRow({ ...ROW, _msg: 'a\x1b[2J\r\x07b\n\tc', level: '\x1b[2J' }, false);
    expect(shown).toContain('a\\x1b[2J\\x0d\\x07b\n\tc\n');
    expect(shown).not.toContain('\x1b');
  });
});
