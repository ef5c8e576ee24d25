import { describe, expect, it } from 'vitest';
import { completeOptions, type TransportOptions } from '../src/options.ts';

function complete(options: TransportOptions, env: NodeJS.ProcessEnv = {}) {
  return completeOptions(options, env, () => 'host-1');
}

describe('completeOptions', () => {
  it('has a default for everything', () => {
    expect(complete({})).toEqual({
      problems: [],
      settings: {
        endpoint: {
          protocol: 'http:',
          hostname: 'victorialogs',
          port: 9428,
          path: '/insert/jsonline',
          displayUrl: 'http://victorialogs:9428/insert/jsonline',
        },
        levelThreshold: 2,
        containerName: 'host-1',
        job: 'node',
        streamFields: ['container_name', 'job', 'stream'],
        extraFields: {},
        headers: {
          'Content-Type': 'application/stream+json',
          'VL-Stream-Fields': 'container_name,job,stream',
        },
        maxQueueBytes: 33_554_432,
        flushTimeoutMs: 300,
        exitTimeoutMs: 2000,
        holdMs: 0,
        durable: false,
        spoolDir: '',
        spoolMaxBytes: 268_435_456,
        loggers: 'all',
        debug: false,
      },
    });
  });

  it('takes options in code before the environment, and the environment before the default', () => {
    const env = { VICTORIALOGS_JOB: 'env', VICTORIALOGS_URL: 'http://env:1', LOG_LEVEL: 'warning' };
    expect(complete({ job: 'code' }, env).settings).toMatchObject({
      job: 'code',
      levelThreshold: 3,
      endpoint: { hostname: 'env', port: 1 },
    });
  });

  it.each([
    ['http://h', 'http://h/insert/jsonline', 80],
    ['https://h/', 'https://h/insert/jsonline', 443],
    ['http://h:9428/prefix/', 'http://h:9428/prefix/insert/jsonline', 9428],
    ['http://h:9428/p/insert/jsonline', 'http://h:9428/p/insert/jsonline', 9428],
    ['http://[::1]:9428', 'http://[::1]:9428/insert/jsonline', 9428],
  ])('reads the URL %s', (url, displayUrl, port) => {
    expect(complete({ url }).settings?.endpoint).toMatchObject({ displayUrl, port });
  });

  it('turns credentials of the URL into a header and shows them nowhere', () => {
    const { settings } = complete({ url: 'http://me:p%40ss@h:1' });
    expect(settings?.headers.Authorization).toBe(
      `Basic ${Buffer.from('me:p@ss').toString('base64')}`,
    );
    expect(settings?.endpoint.displayUrl).toBe('http://h:1/insert/jsonline');
  });

  it('sends a bearer token and tenant headers', () => {
    const env = {
      VICTORIALOGS_BEARER_TOKEN: 't',
      VICTORIALOGS_ACCOUNT_ID: '7',
      VICTORIALOGS_PROJECT_ID: '0',
    };
    expect(complete({}, env).settings?.headers).toMatchObject({
      Authorization: 'Bearer t',
      AccountID: '7',
      ProjectID: '0',
    });
  });

  it('knows a Lambda runtime', () => {
    const env = { AWS_LAMBDA_RUNTIME_API: 'h:1', AWS_LAMBDA_FUNCTION_NAME: 'lambda-hello' };
    expect(complete({}, env).settings).toMatchObject({
      job: 'lambda',
      containerName: 'lambda-hello',
    });
  });

  it.each([
    ['', 'empty'],
    ['   ', 'empty'],
    ['nonsense', 'not a URL'],
    ['ftp://me:secret@h', 'ftp:'],
    ['http://h:1/?debug=1', 'query'],
  ])(
    'ships nothing with the URL %j and says why in one sentence without the password',
    (url, why) => {
      const { settings, problems } = complete({}, { VICTORIALOGS_URL: url });
      expect(settings).toBeUndefined();
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatch(/^VICTORIALOGS_URL: expected an http or https URL/);
      expect(problems[0]).toContain(why);
      expect(problems[0]).not.toContain('secret');
    },
  );

  it.each([
    ['LOG_LEVEL', 'LOUD'],
    ['VICTORIALOGS_MAX_QUEUE_BYTES', '1e9'],
    ['VICTORIALOGS_MAX_QUEUE_BYTES', '-1'],
    ['VICTORIALOGS_ACCOUNT_ID', '4294967296'],
    ['VICTORIALOGS_STREAM_FIELDS', ' , '],
    ['VICTORIALOGS_STREAM_FIELDS', 'a,b=c'],
    ['VICTORIALOGS_STREAM_FIELDS', 'shipper.id'],
    ['VICTORIALOGS_EXTRA_FIELDS', 'no-equals-sign'],
    ['VICTORIALOGS_BEARER_TOKEN', 'a\r\nX: y'],
    ['VICTORIALOGS_LOGGERS', 'some'],
    ['VICTORIALOGS_DEBUG', 'yes'],
  ])('falls back for %s=%j with one problem', (name, value) => {
    const { settings, problems } = complete({}, { [name]: value });
    expect(settings).toEqual(complete({}).settings);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name}: expected `));
  });

  it.each([
    [{ url: 'ftp://me:secret@h' }, /^url: expected an http or https URL/],
    [{ level: 'LOUD' as never }, /^level: expected one of TRACE, .* got "LOUD"$/],
    [{ maxQueueBytes: 1.5 }, /^maxQueueBytes: expected a whole number from 65536 .* got 1.5$/],
    [{ streamFields: [] }, /^streamFields: expected at least one/],
    [{ streamFields: ['_stream'] }, /^streamFields: expected/],
    [{ extraFields: { a: 1 as never } }, /^extraFields: expected/],
    [{ exitTimeoutMs: -1 }, /^exitTimeoutMs: expected/],
    [{ loggers: 'some' as never }, /^loggers: expected all or printed, got "some"$/],
    [{ extraFields: { retries: 3 } as never }, /^extraFields: .* got {"retries":3}$/],
    [{ url: 7 as never }, /^url: .*\(it is no text\)/],
    [null as never, /^options: expected an object, got null$/],
  ])('throws a TypeError for %j', (options, message) => {
    expect(() => complete(options)).toThrow(TypeError);
    expect(() => complete(options)).toThrow(message);
    try {
      complete(options);
    } catch (error) {
      expect(String(error)).not.toContain('secret');
    }
  });

  it('reads extra fields with equals signs in the value', () => {
    expect(
      complete({}, { VICTORIALOGS_EXTRA_FIELDS: 'env=prod, q=a=b,' }).settings?.extraFields,
    ).toEqual({
      env: 'prod',
      q: 'a=b',
    });
  });
});
