import { createRequire } from 'node:module';
import util from 'node:util';
import { expect, test } from 'vitest';
import { findLoggers } from '../src/find-loggers.ts';

/** A copy of winston that nobody has loaded yet. */
function freshWinston(): typeof import('winston') {
  const require = createRequire(import.meta.url);
  for (const path of Object.keys(require.cache)) {
    if (path.includes('winston')) delete require.cache[path];
  }
  return require('winston');
}

test('the class is found when a logger gets its first transport, and nothing shows', () => {
  const before = util.inherits;
  const found: object[] = [];
  const stop = findLoggers((prototype) => found.push(prototype));
  const { createLogger, Logger, transports } = freshWinston();
  const console = new transports.Console();
  createLogger({ transports: console });
  stop();

  expect(found).toEqual([(Logger as unknown as { prototype: object }).prototype]);
  expect(Object.keys(console)).toContain('parent');
  expect(util.inherits).toBe(before);
});

test('after the end nothing is found', () => {
  const found: object[] = [];
  const stop = findLoggers((prototype) => found.push(prototype));
  const { createLogger, transports } = freshWinston();
  stop();
  createLogger({ transports: new transports.Console() });
  expect(found).toEqual([]);
});
