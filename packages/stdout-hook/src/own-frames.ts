/** Keeps our functions out of the stacks of errors that are made while they call the originals. */
import { type AnyFunction, attempt } from '@direct-logging/core';
import { hideFrames } from './hidden-frames.ts';

/** How many of our frames one call can have at most: two or three here, and two of winston's integration around them. */
const FRAMES = 5;

/** What the application has set, and what is set in its place while one of these calls runs. */
let applicationLimit: unknown;
let raisedLimit: unknown;

/**
 * Calls the original as if the caller had called it. In it, another original can be called like this.
 * @param stream A stream that keeps the error of a failed write instead of throwing it.
 */
export function callWithoutOwnFrames(
  original: AnyFunction,
  self: unknown,
  args: readonly unknown[],
  stream?: { readonly errored: unknown },
): unknown {
  const outerLimit = applicationLimit;
  const outerRaised = raisedLimit;
  const found: unknown = Error.stackTraceLimit;
  const limit = found === outerRaised ? outerLimit : found;
  let raised: unknown;
  try {
    if (typeof found === 'number') {
      // Room for our frames, so that the application keeps its last ones. An assignment costs a tenth of `Reflect.set`.
      Error.stackTraceLimit = found + FRAMES;
      raisedLimit = raised = found + FRAMES;
      applicationLimit = limit;
    }
  } catch {
    // The application has frozen the limit.
  }
  try {
    return Reflect.apply(original, self, args);
  } catch (error) {
    attempt(() => hideFrames(error, limit, raised));
    throw passedOn(error, 'node-do-not-add-exception-line');
  } finally {
    applicationLimit = outerLimit;
    raisedLimit = outerRaised;
    if (raised !== undefined && Error.stackTraceLimit === raised)
      Error.stackTraceLimit = found as number;
    if (stream?.errored) attempt(() => hideFrames(stream.errored, limit, raised));
  }
}

/**
 * An error of the application, to be thrown again. If an error is not caught, Node shows the line that threw it last above
 * its stack. That line would be ours. Node leaves out a line that has this text:
 * https://github.com/nodejs/node/blob/main/src/node_errors.cc
 */
export function passedOn(error: unknown, _text: 'node-do-not-add-exception-line'): unknown {
  return error;
}
