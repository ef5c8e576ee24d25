/** A preload: the kernel is not given the lines. Heads and ends of requests are still sent, so that the server answers. */
import fs from 'node:fs';

const { writeSync } = fs;
/** `P`, the head of a request. */
const HEAD = 80;

fs.writeSync = (fd, buffer, from, length, ...rest) => {
  const isLine = fd > 2 && typeof buffer !== 'string' && buffer[from] !== HEAD && length > 5;
  return isLine ? length : writeSync(fd, buffer, from, length, ...rest);
};
