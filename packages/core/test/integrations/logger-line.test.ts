import { describe, expect, it, vi } from 'vitest';
import {
  isLine,
  LoggerLine,
  type LoggerLineFacts,
  withoutEnd,
} from '../../src/integrations/logger-line.ts';
import { PrintTracker } from '../../src/integrations/print-tracker.ts';

function host() {
  return { printing: new PrintTracker() };
}

function facts(text: string, others: Partial<LoggerLineFacts> = {}): LoggerLineFacts {
  return { text, toInput: (line, stream) => ({ text: line, stream, logger: 'pino' }), ...others };
}

describe('a line of a logger', () => {
  it.each([
    ['a\n', 'a\n', true],
    // `console.log` puts back the newline that its caller has removed.
    ['a', 'a\n', true],
    ['a\n', 'a', true],
    ['a', 'a\r\n', true],
    ['a\n', 'b\n', false],
    ['a', 'a b', false],
  ])('%j is printed by the text %j: %j', (line, text, isIt) => {
    expect(new LoggerLine(host(), facts(line)).is(text)).toBe(isIt);
  });

  it('ends as its logger says', () => {
    expect(isLine('a|', 'a', '|')).toBe(true);
  });

  it('is shipped when it is printed, without its end, and is not expected any more', () => {
    const given = host();
    const line = new LoggerLine(given, facts('a\n'));
    given.printing.line = line;
    const ship = vi.fn();
    line.printed('stderr', ship);
    expect(ship.mock.calls).toEqual([[{ text: 'a', stream: 'stderr', logger: 'pino' }]]);
    expect(given.printing.line).toBeUndefined();
  });

  it('is shipped once when it is filed and then printed', () => {
    const line = new LoggerLine(host(), facts('a\n'));
    const ship = vi.fn();
    line.filed({}, 'a\n', ship);
    line.filed({}, 'a\n', ship);
    line.printed('stdout', ship);
    expect(ship.mock.calls).toEqual([[expect.objectContaining({ text: 'a' })]]);
  });

  it('is not filed by another text', () => {
    const ship = vi.fn();
    new LoggerLine(host(), facts('a\n')).filed({}, 'b\n', ship);
    expect(ship).not.toHaveBeenCalled();
  });
});

it.each([
  ['a\r\n', 'a'],
  ['a\n', 'a'],
  ['a', 'a'],
])('%j without its end is %j', (line, text) => {
  expect(withoutEnd(line)).toBe(text);
});
