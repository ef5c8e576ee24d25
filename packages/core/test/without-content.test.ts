import { expect, it } from 'vitest';
import type { LogInput } from '../src/record/record.ts';
import { withoutContent } from '../src/without-content.ts';

it('keeps the level, the time and the size, and nothing of what was said', () => {
  const error = new Error('secret');
  const fields = { token: 'secret' };
  const given = { text: 'secret', error, fields, stream: 'stderr', logger: 'pino', timeMs: 7 };
  expect(withoutContent({ ...given, level: 'ERROR', stream: 'stderr' })).toEqual({
    ...{ level: 'ERROR', stream: 'stderr', logger: 'pino', timeMs: 7 },
    text: '*** (a message of 6 characters that could not be encoded)',
  });
  expect(withoutContent({ text: 'WARN: secret' }).level).toBe('WARN');
});

it('leaves out what is of another type, or throws when it is read', () => {
  const endless = {
    get text(): string {
      return this.text;
    },
    logger: { toString: (): string => String(endless.logger) },
    level: 'WARN',
  };
  expect(withoutContent(endless as unknown as LogInput)).toEqual({
    level: 'WARN',
    text: '*** (a message of 0 characters that could not be encoded)',
  });
});
