/** What one body holds, where bodies go out whole. */
import type { BlockRange } from './block.ts';
import type { SenderHost } from './sender.ts';

/** Takes lines for one body. What comes last may be one long line, so half of the bytes are enough. */
export function takeBatch(host: SenderHost): BlockRange[] {
  const maxBytes = host.retry.state.batchBytes;
  const ranges: BlockRange[] = [];
  for (let left = maxBytes; left >= maxBytes / 2; ) {
    const range = host.take(left);
    if (range === undefined) break;
    left -= range.bytes;
    ranges.push(range);
  }
  return ranges;
}
