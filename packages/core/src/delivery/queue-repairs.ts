/** What is done to the lines of a queue after a full stack or an outage. @lazy repairs */
import { Block, type BlockRange, bytesOf, cut, FRAME_BYTES, sizeOf } from '../senders/block.ts';

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
  rewrite(block, change);
  block.sealed = true;
  return [size() - before[0], block.buffer.length - before[1]];
}

function rewrite(block: Block, change: (line: string) => string): void {
  const lines: string[] = [];
  for (let at = 0; at < block.lines; at++)
    lines.push(change(bytesOf({ block, from: at, to: at + 1 }).toString()));
  const bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line) + FRAME_BYTES, 0);
  const changed = new Block(bytes);
  for (const [at, line] of lines.entries()) {
    changed.append(line, block.importanceOf(at), 0);
    if (block.sentIn(at, at + 1) > 0) changed.noteSent(at, at + 1);
  }
  block.takeText(changed);
}
