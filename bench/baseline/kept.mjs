/** Keeps a copy of each chunk until its request is acknowledged: the least that lets a program send it again. */

const BLOCK = 128 * 1024;

/** In the order of sending. */
export class Kept {
  #blocks = [];

  /** Most chunks fit into the block of the one before. */
  add(buffer, from, to, request) {
    let block = this.#blocks.at(-1);
    if (block === undefined || block.used + to - from > BLOCK) {
      block = { bytes: Buffer.allocUnsafeSlow(Math.max(BLOCK, to - from)), used: 0, request };
      this.#blocks.push(block);
    }
    block.used += buffer.copy(block.bytes, block.used, from, to);
    block.request = request;
  }

  /** So many requests are acknowledged. */
  acknowledged(requests) {
    while (this.#blocks.length > 0 && this.#blocks[0].request < requests) this.#blocks.shift();
  }
}
