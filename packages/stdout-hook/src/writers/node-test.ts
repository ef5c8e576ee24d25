/**
 * A child of `node --test`: it sends reports to the runner between what the tests print.
 *
 * @lazy
 */
import type { WriterPlugin } from './plugin.ts';

/** For a process with `NODE_TEST_CONTEXT`. */
export function testReporter(): WriterPlugin {
  return { isProtocol: isReport };
}

/**
 * Each report begins with a header of V8's serializer, four bytes of length, and the header again. Text does not begin like
 * this in any encoding. https://github.com/nodejs/node/blob/main/lib/internal/test_runner/reporter/v8-serializer.js
 */
function isReport(bytes: Buffer): boolean {
  return bytes.length > 7 && bytes.readUInt16BE(0) === 0xff0f && bytes.readUInt16BE(6) === 0xff0f;
}
