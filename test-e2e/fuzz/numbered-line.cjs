/** What the line of this number says; the programs write it, and the fuzz looks for it. Pure. */

const PADDING = 'the quick brown fox jumps over the lazy dog, ';

/** Lines of one or two bytes have no room for their number. */
const TOO_SHORT = 3;

module.exports = {
  /** `#number`, and words up to so many bytes; a dot for each byte where that is not enough for a number. */
  textOfLine(number, bytes) {
    if (bytes < TOO_SHORT) return '.'.repeat(bytes);
    const head = `#${number} `;
    const missing = Math.max(0, bytes - head.length - 1);
    return `${head}${PADDING.repeat(Math.ceil(missing / PADDING.length)).slice(0, missing)}|`;
  },
};
