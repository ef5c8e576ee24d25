import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { completeOptions, namedServer } from '../src/options.ts';
import type { TransportOptions } from '../src/settings/table.ts';

function complete(options: TransportOptions, env: NodeJS.ProcessEnv = {}) {
  return completeOptions(options, env, () => 'host-1');
}

describe('completeOptions', () => {
  it('has a default for everything', () => {
    expect(complete({})).toEqual({
      problems: [],
      sources: { containerName: 'the host name', job: 'no package' },
      settings: {
        endpoint: {
          protocol: 'http:',
          hostname: 'victorialogs',
          port: 9428,
          socketPath: '',
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
        tlsWriteThrough: true,
        maxConnections: 4,
        keepConnectionsMs: 60_000,
        durable: false,
        spoolDir: '',
        spoolMaxBytes: 268_435_456,
        passwordFile: '',
        bearerTokenFile: '',
        lambdaPropagate: false,
        lambdaExtension: false,
        loggers: 'all',
        maxFieldNames: 360,
        stackInMessage: true,
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

  it.each([
    [{}, 'host-1', 'the host name'],
    [{ K_SERVICE: 'shop' }, 'shop', 'K_SERVICE'],
    [{ K_SERVICE: 'shop', OTEL_SERVICE_NAME: 'web' }, 'web', 'OTEL_SERVICE_NAME'],
    // The host name of a pod is the pod's.
    [{ KUBERNETES_SERVICE_HOST: 'k', OTEL_SERVICE_NAME: 'web' }, 'host-1', 'the host name'],
    [{ KUBERNETES_SERVICE_HOST: 'k', POD_NAME: 'web-1' }, 'web-1', 'POD_NAME'],
    [{ POD_NAME: 'web-1', OTEL_SERVICE_NAME: 'web' }, 'web-1', 'POD_NAME'],
    [{ AWS_LAMBDA_FUNCTION_NAME: 'f', POD_NAME: 'p' }, 'f', 'AWS_LAMBDA_FUNCTION_NAME'],
    [
      { VICTORIALOGS_CONTAINER_NAME: 'c', AWS_LAMBDA_FUNCTION_NAME: 'f' },
      'c',
      'VICTORIALOGS_CONTAINER_NAME',
    ],
    [{ OTEL_SERVICE_NAME: '' }, 'host-1', 'the host name'],
  ])('calls the container with %j %s', (env, containerName, from) => {
    const { settings, sources } = complete({}, env);
    expect([settings?.containerName, sources.containerName]).toEqual([containerName, from]);
  });

  it.each([
    [{}, undefined, 'node', 'no package'],
    [{}, '@acme/shop', '@acme/shop', 'package.json'],
    [{ npm_package_name: 'shop' }, 'other', 'shop', 'npm'],
    [{ AWS_LAMBDA_RUNTIME_API: 'h:1', npm_package_name: 'shop' }, 'other', 'lambda', 'the runtime'],
    [{ VICTORIALOGS_JOB: 'mine', npm_package_name: 'shop' }, 'other', 'mine', 'VICTORIALOGS_JOB'],
  ])('calls the job with %j in the package %s %s', (env, packageName, job, from) => {
    const { settings, sources } = completeOptions(
      {},
      env,
      () => 'h',
      () => packageName,
    );
    expect([settings?.job, sources.job]).toEqual([job, from]);
  });

  it('knows a Lambda runtime', () => {
    const env = { AWS_LAMBDA_RUNTIME_API: 'h:1', AWS_LAMBDA_FUNCTION_NAME: 'lambda-hello' };
    expect(complete({}, env).settings).toMatchObject({
      job: 'lambda',
      containerName: 'lambda-hello',
    });
  });

  it.each([
    ['   ', 'empty'],
    ['ftp://me:secret@h', 'does not begin with http'],
    // What looks like its scheme is the user.
    ['secret:@h:1', 'does not begin with http'],
    ['unix:/run/vl.sock:/?debug=1', 'query'],
    ['unix://me:secret@h/vl.sock', 'unix: must be followed by an absolute path'],
  ])(
    'ships nothing with the URL %j and says why in one sentence without the password',
    (url, why) => {
      const { settings, problems } = complete({}, { VICTORIALOGS_URL: url });
      expect(settings).toBeUndefined();
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatch(/^VICTORIALOGS_URL: must be an http or https URL/);
      expect(problems[0]).toContain(why);
      expect(problems[0]).not.toContain('secret');
    },
  );

  it.each([
    ['password,a b', /rule 2 must be a name or a pattern/],
    ['/(a)\\1/', /rule 1 is a pattern that cannot be used: invalid escape/],
  ])('ships nothing with the rule %j, which could let a secret through', (rule, why) => {
    const { settings, problems } = complete({}, { VICTORIALOGS_REDACT: rule });
    expect(settings).toBeUndefined();
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^VICTORIALOGS_REDACT: must be field names, .*nothing is shipped$/);
    expect(problems[0]).toMatch(why);
  });

  it.each([
    ['VICTORIALOGS_ACCOUNT_ID', '4294967296'],
    ['VICTORIALOGS_PROJECT_ID', '4294967296'],
    ['VICTORIALOGS_BEARER_TOKEN', 'a\r\nX: y'],
  ])(
    'ships nothing with a bad %s, since without it lines could get to the tenant of others',
    (name, value) => {
      const { settings, problems } = complete({}, { [name]: value });
      expect(settings).toBeUndefined();
      expect(problems).toEqual([expect.stringMatching(/nothing is shipped$/)]);
    },
  );

  it.each([
    ['LOG_LEVEL', 'LOUD'],
    ['VICTORIALOGS_MAX_QUEUE_BYTES', '1e9'],
    ['VICTORIALOGS_MAX_QUEUE_BYTES', '-1'],
    ['VICTORIALOGS_STREAM_FIELDS', ' , '],
    ['VICTORIALOGS_STREAM_FIELDS', 'a,b=c'],
    ['VICTORIALOGS_STREAM_FIELDS', 'shipper.id'],
    ['VICTORIALOGS_EXTRA_FIELDS', 'no-equals-sign'],
    ['VICTORIALOGS_LOGGERS', 'some'],
    ['VICTORIALOGS_STACK_IN_MESSAGE', 'no'],
    ['VICTORIALOGS_DEBUG', 'yes'],
    ['VICTORIALOGS_LAMBDA_EXTENSION', 'yes'],
  ])('falls back for %s=%j with one problem', (name, value) => {
    const { settings, problems } = complete({}, { [name]: value });
    expect(settings).toEqual(complete({}).settings);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name}: must be `));
  });

  it.each([
    [{ url: 'ftp://me:secret@h' }, /^url: must be an http or https URL/],
    [{ level: 'LOUD' as never }, /^level: must be TRACE, .*; got "LOUD"$/],
    [{ maxQueueBytes: 1.5 }, /^maxQueueBytes: must be a whole number from 65536 .* got 1.5$/],
    [{ durable: 1 as never }, /^durable: must be 1 or 0 \(in code, true or false\); got 1$/],
    [{ streamFields: [] }, /^streamFields: must be 1 to 50 names/],
    [{ streamFields: Array.from({ length: 51 }, (_, at) => `f${at}`) }, /^streamFields: must be/],
    [{ extraFields: { a: 'x'.repeat(33_000) } }, /^extraFields: must be .*at most 32 KiB/],
    [{ username: 7, url: 'http://h' } as never, /^username: must be a string$/],
    [{ streamFields: ['_stream'] }, /^streamFields: must be/],
    [{ extraFields: { a: 1 as never } }, /^extraFields: must be/],
    [{ exitTimeoutMs: -1 }, /^exitTimeoutMs: must be/],
    [{ loggers: 'some' as never }, /^loggers: must be all or printed; got "some"$/],
    [{ extraFields: { retries: 3 } as never }, /^extraFields: .* got {"retries":3}$/],
    [
      { redact: [7] as never },
      /^redact: must be field names, .*rule 1 must be a name or a pattern/,
    ],
    [{ redact: [/a/y] }, /^redact: must be field names, .*rule 1 must be a name or a pattern/],
    [{ redact: 7 as never }, /^redact: must be field names, .*must be a list/],
    [{ redact: Array.from({ length: 101 }, () => 'a') }, /^redact: .*must have at most 100 rules/],
    [{ url: 7 as never }, /^url: .*\(it is not a string\)/],
    [null as never, /^options: must be an object; got null$/],
    ['http://me:s3cret@h' as never, /^options: must be an object; got string$/],
  ])('throws a TypeError for %j', (options, message) => {
    expect(() => complete(options)).toThrow(TypeError);
    expect(() => complete(options)).toThrow(message);
    try {
      complete(options);
    } catch (error) {
      expect(String(error)).not.toContain('secret');
    }
  });

  it('has a variable of its own for the level, which wins', () => {
    const env = { LOG_LEVEL: 'whatever', VICTORIALOGS_LOG_LEVEL: 'error' };
    const { settings, sources, problems } = complete({}, env);
    expect([settings?.levelThreshold, sources.level]).toEqual([4, 'VICTORIALOGS_LOG_LEVEL']);
    expect(problems).toEqual([]);
  });

  it.each(['\n', '\r\n'])(
    'takes the line end %j off a value, which files have behind it',
    (end) => {
      const env = {
        VICTORIALOGS_USERNAME: `me${end}`,
        VICTORIALOGS_PASSWORD: ` p ${end}`,
        VICTORIALOGS_JOB: `shop${end}`,
        VICTORIALOGS_DEBUG: `1${end}`,
        VICTORIALOGS_CONTAINER_NAME: end,
      };
      const { settings, problems } = complete({}, env);
      expect(problems).toEqual([]);
      expect(settings).toMatchObject({ job: 'shop', debug: true, containerName: 'host-1' });
      expect(settings?.headers.Authorization).toBe(`Basic ${btoa('me: p ')}`);
      const token = { Authorization: 'Bearer t' };
      expect(complete({ bearerToken: `t${end}` }).settings?.headers).toMatchObject(token);
      const fromFile = complete({}, { VICTORIALOGS_BEARER_TOKEN: ` t${end}` });
      expect(fromFile.settings?.headers).toMatchObject(token);
    },
  );

  it('knows where a relative spool is, wherever the program goes afterwards', () => {
    expect(complete({ spoolDir: 'spool' }).settings?.spoolDir).toBe(join(process.cwd(), 'spool'));
    expect(complete({}, { VICTORIALOGS_SPOOL_DIR: '/s' }).settings?.spoolDir).toBe('/s');
  });
});

describe('namedServer', () => {
  it('gives the base URL, and the headers by which the same server takes lines', () => {
    const env = {
      VICTORIALOGS_URL: 'http://me:p%40ss@h:1/prefix/insert/jsonline/',
      VICTORIALOGS_ACCOUNT_ID: '12',
      LOG_LEVEL: 'LOUD',
    };
    const server = namedServer(env);
    expect(server).toEqual({
      url: 'http://h:1/prefix',
      headers: { Authorization: `Basic ${btoa('me:p@ss')}`, AccountID: '12' },
    });
    expect(complete({}, env).settings?.headers).toMatchObject(server.headers);
  });

  it.each(['unix:/run/vl.sock:', 'unix:/run/vl.sock:/prefix'])('gives %s', (url) => {
    expect(namedServer({ VICTORIALOGS_URL: `${url}/` }).url).toBe(url);
  });

  it.each([
    [{}, /^VICTORIALOGS_URL is not set: /],
    [
      { VICTORIALOGS_URL: '' },
      /^VICTORIALOGS_URL: must be an http or https URL .*\(it is empty\)$/,
    ],
    [
      { VICTORIALOGS_URL: 'http://h', VICTORIALOGS_PROJECT_ID: 'x' },
      /^VICTORIALOGS_PROJECT_ID: must be a whole number from 0 to 4294967295; got "x"$/,
    ],
  ])('refuses %j instead of asking somebody else', (env, message) => {
    expect(() => namedServer(env)).toThrow(message);
  });
});
