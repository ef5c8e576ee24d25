import { describe, expect, it } from 'vitest';
import { rendered } from '../src/print.ts';
import { showRow } from '../src/show-row.ts';

const ROW = { _time: '2026-01-31T12:34:56.7Z', _msg: 'late', level: 'ERROR', container_name: 'c' };

describe('showRow', () => {
  it('shows time, level, container and message', () => {
    expect(rendered(showRow(ROW), false)).toBe('2026-01-31 12:34:56.700 ERROR c late\n');
  });

  it('shows the fields that were asked for, where a row has them', () => {
    const row = { ...ROW, job: 'shop', user: 'a\nb' };
    expect(rendered(showRow(row, ['job', 'trace_id', 'user', '']), false)).toBe(
      '2026-01-31 12:34:56.700 ERROR c job=shop user=a\\u000ab late\n',
    );
  });

  it.each(['constructor', '__proto__', 'toString', 'shout', ''])(
    'shows the level %j of others',
    (level) => {
      for (const hasColors of [true, false])
        expect(rendered(showRow({ ...ROW, level }), hasColors)).toContain(level.padEnd(5));
    },
  );

  it('colors the level, for people', () => {
    expect(rendered(showRow(ROW), true)).toContain('\x1b[31mERROR\x1b[39m');
  });

  it('lets no second line look like another record', () => {
    const forged = '2026-01-31 12:34:56.701 FATAL c forged';
    const row = { ...ROW, _msg: `a\n${forged}\n\tb`, container_name: `c x\n${forged}` };
    const lines = rendered(showRow(row), false).split('\n');
    expect(lines.filter((line) => line.startsWith('2026'))).toHaveLength(1);
    expect(lines.slice(1)).toEqual([`    ${forged}`, '    \tb', '']);
  });
});
