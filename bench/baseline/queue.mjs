/** A preload that only keeps what is printed to stdout, as if the server were down. New lines replace the oldest ones. */
import { encodeText } from './encode.mjs';

const BLOCK = 1024 * 1024;
const BLOCKS = 32;
const buffer = Buffer.allocUnsafeSlow(BLOCK);
const blocks = [];
let block;
let used = BLOCK;
const { stdout } = process;
const print = stdout.write;

stdout.write = function write(text, ...rest) {
  const end = encodeText(buffer, text.slice(0, -1));
  if (used + end > BLOCK) {
    block = blocks.length < BLOCKS ? Buffer.allocUnsafeSlow(BLOCK) : blocks.shift();
    blocks.push(block);
    used = 0;
  }
  used += buffer.copy(block, used, 0, end);
  return print.call(stdout, text, ...rest);
};
