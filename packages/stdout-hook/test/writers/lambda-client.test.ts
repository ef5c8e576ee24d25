import { describe, expect, it } from 'vitest';
import type { ConsoleCall } from '../../src/line-writer.ts';
import { lambdaClient } from '../../src/writers/lambda-client.ts';

const client = lambdaClient({ _LAMBDA_TELEMETRY_LOG_FD: '3' });
const CALL: ConsoleCall = { level: undefined, args: [] };

function read(text: string, call?: ConsoleCall) {
  return client.read?.(text, call);
}

describe('the text format of the runtime client', () => {
  it('is recognized, also without a request id', () => {
    expect(read('2025-01-02T03:04:05.678Z\tabc-1\tERROR\ta\tb')).toEqual({
      level: 'ERROR',
      text: 'a\tb',
    });
    expect(read('2025-01-02T03:04:05.678Z\tundefined\tWARN\t')).toEqual({
      level: 'WARN',
      text: '',
    });
  });

  it('says INFO for console.log, too, so that INFO is no level', () => {
    expect(read('2025-01-02T03:04:05.678Z\tid\tINFO\tx')).toEqual({ level: undefined, text: 'x' });
  });

  it.each([
    '2025-01-02T03:04:05.678Z\tid\tNOTICE\tx',
    '2025-01-02 03:04\tid\tINFO\tx',
    'x\ty\tINFO\tz',
    '',
  ])('is not seen in %j', (text) => expect(read(text)).toBeUndefined());

  it.each([
    ['a\rb', ['a\nb'], 'a\nb'],
    ['a\rb', ['a\rb'], 'a\rb'],
    ['a\r***', ['a\nsecret'], 'a\n***'],
    ['a\rb', undefined, 'a\nb'],
  ])(
    'gives the message back from the arguments unless something else was printed: %j',
    (printed, args, text) => {
      const call = args && { level: undefined, args };
      expect(read(`2025-01-02T03:04:05.678Z\tid\tERROR\t${printed}`, call)?.text).toBe(text);
    },
  );
});

describe('the JSON format of the runtime client', () => {
  const line = (more: object) =>
    JSON.stringify({ timestamp: '2025-01-02T03:04:05.678Z', level: 'INFO', ...more });

  it('gives back an object that was logged as text', () => {
    const message = '{"level":"warn","big":12345678901234567890}';
    expect(read(line({ requestId: 'id', message }), CALL)).toEqual({ text: message });
    expect(read(line({ message }), CALL)?.text).toBe(message);
    expect(read(line({ requestId: 'id', tenantId: 't', message }), CALL)).toEqual({
      text: message,
      fields: { tenantId: 't' },
    });
  });

  it('is left as it is where no console call printed it', () => {
    expect(read(line({ message: '{}' }))).toBeUndefined();
  });

  it.each([
    line({ requestId: 'id', message: 'text' }),
    line({ requestId: 'id', message: '{no: JSON}' }),
    line({ requestId: 'id', message: { order: 7 } }),
    line({ order: 7, message: '{}' }),
    '{"message":"{}"}',
  ])('is left as it is in %j', (text) => expect(read(text, CALL)).toBeUndefined());
});

it('writes to a real descriptor for the telemetry, and to any during a call on a managed instance', () => {
  expect(client.writesTo?.(3, undefined)).toBe(true);
  expect(client.writesTo?.(4, CALL)).toBe(false);
  const invalid = lambdaClient({ _LAMBDA_TELEMETRY_LOG_FD: 'x' });
  expect(invalid.writesTo?.(Number.NaN, undefined)).toBe(false);
  const managed = lambdaClient({ AWS_LAMBDA_MAX_CONCURRENCY: '8' });
  expect(managed.writesTo?.(9, CALL)).toBe(true);
  expect(managed.writesTo?.(9, undefined)).toBe(false);
});
