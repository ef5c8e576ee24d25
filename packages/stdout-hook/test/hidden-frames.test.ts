import { expect, it } from 'vitest';
import { hideFrames } from '../src/hidden-frames.ts';

const OURS = new URL('../src/', import.meta.url).href;

/** An error with these frames. */
function failed(...frames: readonly string[]): Error {
  const error = new Error('gone');
  error.stack = ['Error: gone', ...frames.map((frame) => `    at ${frame}`)].join('\n');
  return error;
}

it('removes our frames, and keeps as many as the application wants of a stack that was full', () => {
  const error = failed('a', `${OURS}own-frames.ts:1:1`, 'b', 'c');
  hideFrames(error, 2, 4);
  expect(error.stack).toBe('Error: gone\n    at a\n    at b');
});

it('leaves a stack as it is that was made before, or has its own limit', () => {
  const error = failed('a', 'b', 'c');
  hideFrames(error, 2, 4);
  expect(error.stack).toBe('Error: gone\n    at a\n    at b\n    at c');
});

it('leaves alone what has no stack to cut', () => {
  const error = failed('a', 'b');
  hideFrames(error, 'none', undefined);
  expect(error.stack).toContain('at b');
  expect(() => hideFrames('text', 1, 2)).not.toThrow();
  Object.defineProperty(error, 'stack', { value: error.stack, writable: false });
  expect(() => hideFrames(error, 1, 2)).toThrow(TypeError);
});
