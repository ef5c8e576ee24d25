import pino from 'pino';
import { expect, test } from 'vitest';
import { factsOf, mayPrintInstead, type PinoLogger } from '../src/logger-state.ts';

const nowhere = () => pino.destination('/dev/null');
const facts = (logger: object, level: number) => factsOf(logger as PinoLogger, level);

test('a logger tells its name, its levels and the names in its lines', () => {
  const logger = pino(
    { name: 'shop', messageKey: 'text', errorKey: 'failure', customLevels: { notice: 35 } },
    nowhere(),
  );
  expect(facts(logger, 30)).toEqual({
    name: 'shop',
    level: 'INFO',
    keys: { message: 'text', error: 'failure' },
  });
  expect(facts(logger.child({ name: 'cart' }), 50)).toMatchObject({ name: 'cart', level: 'ERROR' });
});

test('a logger without settings has the usual names', () => {
  expect(facts(pino(nowhere()), 40)).toEqual({
    name: undefined,
    level: 'WARN',
    keys: { message: 'msg', error: undefined },
  });
});

test.each([
  [{}],
  [Object.create(null)],
  [
    new Proxy(
      {},
      {
        has: () => {
          throw new Error();
        },
      },
    ),
  ],
])('what is no logger has no name: %#', (logger) => {
  expect(factsOf(logger, undefined).name).toBeUndefined();
});

test('of several streams, one that prints takes the line if its level does', () => {
  const file = nowhere();
  const printing = (level: pino.Level, dedupe = false) =>
    pino(
      { level: 'trace' },
      pino.multistream([{ stream: file }, { stream: process.stdout, level }], { dedupe }),
    ) as unknown as PinoLogger;
  expect(mayPrintInstead(printing('warn'), file, 50)).toBe(true);
  expect(mayPrintInstead(printing('warn'), file, 30)).toBe(false);
  expect(mayPrintInstead(pino(file) as unknown as PinoLogger, file, 50)).toBe(false);
});
