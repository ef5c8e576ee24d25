import { expect, test } from 'vitest';
import type { Info } from '../src/from-line.ts';
import { OURS } from '../src/ours.ts';
import { isShippedByOurs, routeOf, type WinstonTransport } from '../src/route.ts';

const info = (level: string, rest: object = {}) =>
  ({ [Symbol.for('level')]: level, ...rest }) as Info;
const file = (rest: object = {}) => ({ silent: undefined, _createLogDirIfNotExist() {}, ...rest });
const printer = (rest: object = {}) => ({ silent: undefined, stderrLevels: {}, ...rest });

function logger(...transports: object[]): WinstonTransport[] {
  const parent = { level: 'info', levels: { error: 0, info: 1, debug: 2 }, transports };
  for (const transport of transports) Object.assign(transport, { parent });
  return transports as WinstonTransport[];
}

test.each([
  ['filed', [file()]],
  ['filed', [file(), file()]],
  ['printed', [file(), printer()]],
  ['filed', [file(), printer({ silent: true })]],
  ['filed', [file(), printer({ level: 'error' })]],
  ['ours', [file(), printer(), { silent: undefined, [OURS]: true }]],
  ['printed', [file(), { silent: undefined, _stream: process.stdout }]],
  ['printed', [file(), { silent: undefined, _stream: { fd: 2 } }]],
])('a line of a file is %s', (route, transports) => {
  const [first] = logger(...transports);
  expect(routeOf(first as WinstonTransport, info('info'))).toBe(route);
});

test('the second of two files leaves the line to the first that takes it', () => {
  const [errors, all] = logger(file({ level: 'error' }), file()) as [
    WinstonTransport,
    WinstonTransport,
  ];
  expect(routeOf(all, info('info'))).toBe('filed');
  expect(routeOf(all, info('error'))).toBe('elsewhere');
  expect(routeOf(errors, info('error'))).toBe('filed');
});

test('what a transport of ours leaves out is shipped where it is printed', () => {
  const [console] = logger(printer(), { silent: undefined, level: 'error', [OURS]: true });
  expect(isShippedByOurs(console as WinstonTransport, info('info'))).toBe(false);
  expect(isShippedByOurs(console as WinstonTransport, info('error'))).toBe(true);
});

test('a transport that belongs to no logger stands for itself', () => {
  expect(routeOf(file() as unknown as WinstonTransport, info('info'))).toBe('filed');
});
