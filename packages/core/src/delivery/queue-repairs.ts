/** What is done to the lines of a queue after a full stack or an outage. @lazy repairs */
import { type Block, type BlockRange, cut, sizeOf } from '../senders/block.ts';

/** All that was handed out and is not settled. */
export function takenBack(blocks: readonly Block[]): BlockRange[] {
  return blocks.flatMap((block) => {
    block.inFlight = 0;
    const settled = block.later.sort((a, b) => a.from - b.from);
    const gaps = [...settled, { from: block.sent, to: 0 }].map(({ from: to }, at) => ({
      block,
      from: settled[at - 1]?.to ?? block.settledThrough,
      to,
    }));
    return gaps
      .filter(({ from, to }) => from < to)
      .map((gap) => cut(gap, Number.POSITIVE_INFINITY));
  });
}

/** Changes the text of lines. Returns how many bytes of lines and of memory that adds. */
export function rewritten(
  block: Block,
  unsent: readonly Pick<BlockRange, 'from' | 'to'>[],
  change: (line: string) => string,
): [bytes: number, allocated: number] {
  const size = (): number =>
    unsent.reduce((sum, { from, to }) => (from < to ? sum + sizeOf({ block, from, to }) : sum), 0);
  const before = [size(), block.buffer.length] as const;
  block.rewrite(change);
  block.sealed = true;
  return [size() - before[0], block.buffer.length - before[1]];
}
