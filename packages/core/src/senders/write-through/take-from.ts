/** Takes lines from a connection that may have died without a sign, so that others can carry them. @lazy silence */
import { type BlockRange, cut } from '../block.ts';
import type { Connection } from './connection.ts';
import type { PendingWrite } from './descriptor.ts';

/** Takes the first lines from a silent connection: as many as fit into `maxBytes`, but at least one. Ends it when none are left. */
export function takeFrom(connection: Connection, maxBytes: number): BlockRange[] {
  const { descriptor, request } = connection;
  // Their memory may be used again once they are delivered elsewhere.
  copyWaiting(descriptor.waiting);
  const taken = takeFirst(request.ranges, maxBytes);
  if (request.ranges.length === 0) connection.reset();
  return taken;
}

/** Removes the first lines: as many as take at most `maxBytes`, but at least one. */
export function takeFirst(ranges: BlockRange[], maxBytes: number): BlockRange[] {
  const taken: BlockRange[] = [];
  let left = maxBytes;
  while (left > 0 && ranges.length > 0) {
    const next = ranges.shift() as BlockRange;
    const part = cut(next, left);
    taken.push(part);
    left = part.to === next.to ? left - part.bytes : 0;
    if (part.to < next.to)
      ranges.unshift({ ...next, from: part.to, bytes: next.bytes - part.bytes });
  }
  return taken;
}

/** Copies what waits, so that its memory can be used for other lines. */
function copyWaiting(waiting: readonly PendingWrite[]): void {
  for (const write of waiting) {
    if (write.plain !== undefined) continue;
    write.buffer = Buffer.from(write.buffer.subarray(write.start, write.end));
    write.end -= write.start;
    write.start = 0;
  }
}
