import { describe, expect, it } from 'vitest';
import { brief, runFixture, texts } from '../run-fixture.ts';

describe("Lambda's runtime client", () => {
  const env = { AWS_LAMBDA_RUNTIME_API: 'localhost' };
  const expected = [
    'stdout|console|-|before',
    'stdout|console|-|hello world',
    'stdout|console|INFO|ERROR: only said',
    'stdout|console|-|WARN: said and meant',
    'stdout|console|WARN|two\nlines',
    'stdout|console|ERROR|failed Error: broken\n    at here|broken',
    'stdout|console|FATAL|fatal',
    'stdout|console|-|own \r return\nnewline',
    'stdout|console|-|{"a":1}',
    'stdout|console|-|┌─────────┬───┐\n│ (index) │ a │\n├─────────┼───┤\n│ 0       │ 1 │\n└─────────┴───┘',
    "stdout|console|-|'dir'",
    'stdout|stdout|-|raw',
    'stdout|console|-|my ***\nword',
  ];

  it('printing text on stdout', () => {
    expect(brief(runFixture('runtime-client.mjs', { env }).records)).toEqual(expected);
  });

  it('writing frames to the telemetry descriptor', () => {
    const options = { env: { ...env, _LAMBDA_TELEMETRY_LOG_FD: '5' }, fifthDescriptor: true };
    expect(brief(runFixture('runtime-client.mjs', options).records)).toEqual(expected);
  });

  it('printing JSON', () => {
    const options = { env: { ...env, AWS_LAMBDA_LOG_FORMAT: 'JSON' } };
    const { records } = runFixture('runtime-client.mjs', options);
    const messages = texts(records).map((text) =>
      text[0] === '{' ? (JSON.parse(text).message ?? text) : text,
    );
    expect(messages).toEqual(expected.map((line) => line.split('|')[3]));
  });
});
