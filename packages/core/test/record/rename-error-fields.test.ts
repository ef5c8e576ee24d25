import { describe, expect, it } from 'vitest';
import { Fields } from '../../src/record/fields.ts';
import { ourNames } from '../../src/record/our-names.ts';
import { renameErrorFields } from '../../src/record/rename-error-fields.ts';

function renamed(
  given: Readonly<Record<string, unknown>>,
  { constants = [] as string[], ownName = undefined as string | undefined } = {},
): Record<string, unknown> {
  const reserved = ourNames(constants);
  const fields = new Fields(reserved);
  for (const [name, value] of Object.entries(given)) fields.put(name, JSON.stringify(value));
  renameErrorFields(fields, reserved, ownName);
  return Object.fromEntries(
    fields.names.map((name, at) => [name, JSON.parse(fields.values[at] as string)]),
  );
}

const OURS = { 'error.type': 'E', 'error.message': 'm', 'error.stack': 's' };

describe('gets our names', () => {
  it.each([
    ['pino and bunyan', { 'err.type': 'E', 'err.message': 'm', 'err.stack': 's' }],
    ['ECS', { 'error.type': 'E', 'error.message': 'm', 'error.stack_trace': 's' }],
    ['Powertools', { 'error.name': 'E', 'error.message': 'm', 'error.stack': 's' }],
    [
      'OpenTelemetry',
      { 'exception.type': 'E', 'exception.message': 'm', 'exception.stacktrace': 's' },
    ],
    [
      'OpenTelemetry, in attributes',
      {
        'attributes.exception.type': 'E',
        'attributes.exception.message': 'm',
        'attributes.exception.stacktrace': 's',
      },
    ],
    ['Lambda', { errorType: 'E', errorMessage: 'm', stackTrace: 's' }],
    [
      'Lambda, in the message',
      { 'message.errorType': 'E', 'message.errorMessage': 'm', 'message.stackTrace': 's' },
    ],
  ])('an error of %s', (_, given) => {
    expect(renamed(given)).toEqual(OURS);
  });

  it('every member of the object in which pino has errors', () => {
    expect(renamed({ 'err.message': 'm', 'err.code': 7, 'err.cause.a': 1 })).toEqual({
      ...{ 'error.message': 'm', 'error.code': 7, 'error.cause.a': 1 },
    });
  });

  it('the object in which a known logger has errors, before the usual one', () => {
    const given = { 'e.message': 'mine', 'err.message': 'other' };
    expect(renamed(given, { ownName: 'e' })).toEqual({
      ...{ 'error.message': 'mine', 'err.message': 'other' },
    });
  });

  it('only what is an error', () => {
    const given = { 'err.a': 1, 'errors.message': 'm' };
    expect(renamed(given)).toEqual(given);
  });
});

describe('keeps its name', () => {
  it('what our name is taken for', () => {
    const given = { ...OURS, 'exception.type': 'F' };
    expect(renamed(given)).toEqual(given);
  });

  it('what the settings put on every record', () => {
    const given = { errorType: 'E', errorMessage: 'm' };
    expect(renamed(given, { constants: ['error.type'] })).toEqual({
      ...{ errorType: 'E', 'error.message': 'm' },
    });
  });
});

describe('a stack', () => {
  it.each([
    ['a list of lines', ['E: m', '    at C:\\x'], 'E: m\n    at C:\\x'],
    ['a text that is a list', '["E: m","    at x"]', 'E: m\n    at x'],
    ['a text that only looks like a list', '[E: m', '[E: m'],
    ['a list of something else', [1], [1]],
    ['an empty list', [], []],
  ])('that is %s', (_, stackTrace, stack) => {
    expect(renamed({ errorType: 'E', stackTrace })['error.stack']).toEqual(stack);
  });

  it.each([
    [
      'names type and message',
      'TypeError: a "b"\n    at x',
      { type: 'TypeError', message: 'a "b"' },
    ],
    ['names the type alone', 'Error\n    at x', { type: 'Error' }],
    ['names nothing that is known', '7 things\n    at x', {}],
  ])(
    'beside the message %s',
    (_, stack, { type, message }: { type?: string; message?: string }) => {
      expect(renamed({ stack })).toEqual({
        'error.stack': stack,
        ...(type === undefined ? {} : { 'error.type': type }),
        ...(message === undefined ? {} : { 'error.message': message }),
      });
    },
  );

  it('names a message that is longer than V8 can go back over', () => {
    const message = 'a'.repeat(20_000_000);
    const { 'error.message': found } = renamed({ stack: `E: ${message}\n    at x` });
    expect(found === message).toBe(true);
  });

  it('without frames is a field like any other', () => {
    expect(renamed({ stack: 'full', 'err.a': 1 })).toEqual({ stack: 'full', 'err.a': 1 });
  });
});
