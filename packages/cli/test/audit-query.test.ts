import { describe, expect, it } from 'vitest';
import { neighborsQuery, processesQuery, reportedQuery } from '../src/audit-query.ts';

const FROM_MS = Date.UTC(2026, 0, 31, 12);
const SINCE = '_time:>=2026-01-31T12:00:00.000Z';

describe('the window', () => {
  it('is a time of the server and all that have an id and a number', () => {
    const [lines] = processesQuery({ fromMs: FROM_MS, filter: '' }).split(' | ');
    expect(lines).toBe(`${SINCE} "shipper.id":* "shipper.seq":range[1,9007199254740991]`);
  });

  it('holds all lines of the processes of which the filter matches one', () => {
    const query = reportedQuery({ fromMs: FROM_MS, filter: 'level:ERROR or b' });
    expect(query).toContain(
      `"shipper.id":in(${SINCE} (level:ERROR or b\n) "shipper.id":* | fields "shipper.id")`,
    );
    expect(query).toContain('"shipper.dropped":*');
  });

  it('is not cut off by a comment in the filter', () => {
    expect(processesQuery({ fromMs: FROM_MS, filter: 'a # why' })).toContain('(a # why\n)');
  });
});

it('takes an id as a value, whatever is in it', () => {
  const query = neighborsQuery('a" or *', { first: 3, last: 9 }, '+', 5);
  expect(query).toContain('"shipper.id":="a\\" or *" "shipper.seq":range[3,9]');
  expect(query).toMatch(/limit 5$/);
});
