import { expect, it } from 'vitest';
import { difference } from '../../src/delivery/drop-report.ts';
import { type DropCounts, Drops } from '../../src/delivery/drops.ts';

function nextReport(drops: Drops): DropCounts | undefined {
  const report = drops.nextReport();
  return report && difference(...report);
}

it('counts lines by reason since the start', () => {
  const drops = new Drops();
  drops.add('queue_full', 2);
  drops.add('rejected', 1);
  drops.nextReport();
  drops.add('queue_full', 3);
  expect(drops.counts).toEqual({ queue_full: 5, rejected: 1 });
});

it('reports each drop once', () => {
  const drops = new Drops();
  expect(drops.nextReport()).toBeUndefined();
  drops.add('closed', 1);
  drops.add('closed', 2);
  expect(nextReport(drops)).toEqual({ closed: 3 });
  expect(drops.nextReport()).toBeUndefined();
  drops.ended(true);
  drops.add('rejected', 1);
  expect(nextReport(drops)).toEqual({ rejected: 1 });
});

it('holds what was reported until the server has it', () => {
  const drops = new Drops();
  drops.add('closed', 1);
  drops.nextReport();
  drops.add('closed', 2);
  expect(drops.unreported).toBe(3);
  // One report at a time.
  expect(drops.nextReport()).toBeUndefined();
  drops.ended(false);
  expect(nextReport(drops)).toEqual({ closed: 3 });
  drops.ended(true);
  expect(drops.unreported).toBe(0);
});

it('gives copies of its counts', () => {
  const drops = new Drops();
  drops.add('closed', 1);
  Object.assign(drops.counts, { closed: 99 });
  expect(drops.counts).toEqual({ closed: 1 });
});
