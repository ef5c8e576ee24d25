import { describe, expect, it } from 'vitest';
import {
  originalMessage,
  parseLoggedJson,
  parseRuntimeLine,
  runtimeClientFrom,
} from '../src/runtime-client.ts';

describe('the text format of the runtime client', () => {
  it('is recognised, also without a request id', () => {
    expect(parseRuntimeLine('2025-01-02T03:04:05.678Z\tabc-1\tERROR\ta\tb')).toEqual({
      level: 'ERROR',
      message: 'a\tb',
    });
    expect(parseRuntimeLine('2025-01-02T03:04:05.678Z\tundefined\tINFO\t')).toEqual({
      level: 'INFO',
      message: '',
    });
  });

  it.each([
    '2025-01-02T03:04:05.678Z\tid\tNOTICE\tx',
    '2025-01-02 03:04\tid\tINFO\tx',
    'x\ty\tINFO\tz',
    '',
  ])('is not seen in %j', (text) => expect(parseRuntimeLine(text)).toBeUndefined());

  it('gives the message back from the arguments unless something else was printed', () => {
    expect(originalMessage('a\rb', ['a\nb'])).toBe('a\nb');
    expect(originalMessage('a\rb', ['a\rb'])).toBe('a\rb');
    expect(originalMessage('a\r***', ['a\nsecret'])).toBe('a\n***');
    expect(originalMessage('a\rb', undefined)).toBe('a\nb');
  });
});

describe('the JSON format of the runtime client', () => {
  const line = (more: object) =>
    JSON.stringify({ timestamp: '2025-01-02T03:04:05.678Z', level: 'INFO', ...more });

  it('gives back an object that was logged as text', () => {
    const message = '{"level":"warn","big":12345678901234567890}';
    expect(parseLoggedJson(line({ requestId: 'id', message }))).toEqual({ text: message });
    expect(parseLoggedJson(line({ message }))?.text).toBe(message);
    expect(parseLoggedJson(line({ requestId: 'id', tenantId: 't', message }))).toEqual({
      text: message,
      fields: { tenantId: 't' },
    });
  });

  it.each([
    line({ requestId: 'id', message: 'text' }),
    line({ requestId: 'id', message: '{no: JSON}' }),
    line({ requestId: 'id', message: { order: 7 } }),
    line({ order: 7, message: '{}' }),
    '{"message":"{}"}',
  ])('is left as it is in %j', (text) => expect(parseLoggedJson(text)).toBeUndefined());
});

it('takes only a real descriptor for the telemetry', () => {
  expect(runtimeClientFrom({ _LAMBDA_TELEMETRY_LOG_FD: '3' }).telemetryDescriptor).toBe(3);
  expect(runtimeClientFrom({ _LAMBDA_TELEMETRY_LOG_FD: 'x' }).telemetryDescriptor).toBeUndefined();
  expect(runtimeClientFrom({})).toEqual({
    expected: false,
    telemetryDescriptor: undefined,
    anyDescriptor: false,
  });
});
