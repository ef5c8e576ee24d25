import { expect, it } from 'vitest';
import { fatalInput, printedInput, warningInput } from '../src/messages.ts';
import { runtimeClientFrom } from '../src/runtime-client.ts';

const nobody = runtimeClientFrom({});
const runtime = runtimeClientFrom({ AWS_LAMBDA_RUNTIME_API: 'localhost' });

it('what is written to a stream has its name and no level', () => {
  expect(printedInput('\u001b[31mred\u001b[0m', 'stderr', undefined, nobody)).toEqual({
    text: 'red',
    stream: 'stderr',
    logger: 'stderr',
  });
});

it('a console call has its level and the first error among its arguments', () => {
  const error = new RangeError('first');
  const call = { level: 'WARN', args: ['failed:', error, new Error('second')] } as const;
  expect(printedInput('failed: …', 'stderr', call, nobody)).toEqual({
    text: 'failed: …',
    level: 'WARN',
    stream: 'stderr',
    logger: 'console',
    error,
  });
  expect(printedInput('{"a":1}', 'stdout', call, nobody).error).toBeUndefined();
});

it('nothing of a proxy is looked at', () => {
  const trap = () => {
    throw new Error('looked at');
  };
  const proxy = new Proxy({}, { get: trap, getPrototypeOf: trap });
  const call = { level: undefined, args: [proxy] };
  expect(printedInput('{}', 'stdout', call, nobody).error).toBeUndefined();
});

it("a line of Lambda's runtime client gives back message and level, but no INFO", () => {
  const line = (level: string) => `2026-01-01T00:00:00.000Z\tid\t${level}\ttwo\rlines`;
  const input = (level: string) => printedInput(line(level), 'stdout', undefined, runtime);
  expect(input('ERROR')).toMatchObject({ text: 'two\nlines', level: 'ERROR', logger: 'console' });
  expect(input('INFO').level).toBeUndefined();
  expect(printedInput(line('ERROR'), 'stdout', undefined, nobody).text).toBe(line('ERROR'));
});

it('a warning of Node is a WARN, and our own is none', () => {
  expect(warningInput('(node:1) [DEP1] DeprecationWarning: old')).toMatchObject({ level: 'WARN' });
  expect(warningInput('(node:1) [DL_X] DirectLoggingWarning: lost')).toBeUndefined();
});

it('what ends the process is FATAL, whatever it is', () => {
  expect(fatalInput(new Error('broken'))).toMatchObject({
    level: 'FATAL',
    text: expect.stringMatching(/^Error: broken\n {4}at /),
  });
  expect(fatalInput('just text').text).toBe("Uncaught 'just text'");
  const inspected = {
    [Symbol.for('nodejs.util.inspect.custom')]() {
      throw new Error('no');
    },
  };
  expect(fatalInput(inspected).text).toBe('Uncaught exception that cannot be shown');
});
