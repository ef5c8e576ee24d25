import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { createEncoder } from '../../src/encode/encode.ts';
import { completeOptions } from '../../src/options.ts';
import type { LogInput } from '../../src/record/record.ts';
import { Redaction } from '../../src/record/redact.ts';

/** Fields of the record, and its message, as they are shipped with these rules in the environment. */
function shipped(rules: string, input: LogInput | string): Record<string, unknown> {
  const { settings, problems } = completeOptions({}, { VICTORIALOGS_REDACT: rules }, () => 'h');
  expect(problems).toEqual([]);
  if (settings === undefined) throw new Error('no settings');
  const encode = createEncoder(
    { ...settings, levelThreshold: 0, shipperId: 'id' },
    { now: Date.now, context: () => undefined },
  );
  const lines: string[] = [];
  const given = typeof input === 'string' ? { text: input } : input;
  for (let time = 0; time < 3; time++) encode(given, (line) => lines.push(String(line)));
  // The fast paths give the same as the slow one.
  const records = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  for (const record of records) {
    for (const name of ['_time', 'shipper.seq']) delete record[name];
    expect(record).toEqual(records[0]);
  }
  const { level, stream, logger, container_name, job, ...rest } = records[0] ?? {};
  delete rest['shipper.id'];
  return rest;
}

describe('a name', () => {
  it('redacts the value of a field at any depth, in any case, whatever it is', () => {
    const line =
      '{"msg":"m","n":12345678901234567890,"password":"x","a":{"Password":{"deep":[1]}},"list":[{"PASSWORD":7,"kept":1.50}],"password":2}';
    expect(shipped('password', line)).toEqual({
      _msg: 'm',
      n: Number('12345678901234567890'),
      password: '***',
      'a.Password': '***',
      list: [{ PASSWORD: '***', kept: 1.5 }],
    });
  });

  it('keeps the exact text of everything else', () => {
    const { settings } = completeOptions({ redact: ['password'] }, {}, () => 'h');
    const line = '{"n":12345678901234567890.00,"s":"\\u00e9","password":"x"}';
    expect(settings?.redact?.input({ text: line }).text).toBe(
      '{"n":12345678901234567890.00,"s":"\\u00e9","password":"***"}',
    );
  });

  it('may say where the field is, and leave letters open', () => {
    const line =
      '{"msg":"m","cookie":"c","req":{"headers":{"cookie":"d"}},"api_token":1,"tokens":2}';
    expect(shipped('headers.cookie,*_token', line)).toEqual({
      ...{ _msg: 'm', cookie: 'c', 'req.headers.cookie': '***', api_token: '***', tokens: 2 },
    });
  });

  it('redacts in the message of a line that has none', () => {
    expect(shipped('pin', '{"pin":1234}')).toEqual({ _msg: '{"pin":"***"}', pin: '***' });
  });

  it.each([
    ['*e*y*', 'xeyx,key,EY', 'ye,e.y,x'],
    ['*_token', 'a_token,_token', 'token,a_tokens,_token_'],
    ['a*', 'a,ab', 'ba'],
    ['a*b*b', 'abb,axbxb', 'ab,abxbx'],
    ['x.*y', 'x.y,z.x.ay,x.ay.z', 'y,xy,x.z.y'],
  ])('%s stands for these fields: %s', (rule, hidden, shown) => {
    const { settings } = completeOptions({ redact: [rule] }, {}, () => 'h');
    for (const name of hidden.split(','))
      expect([name, settings?.redact?.hides(name)]).toEqual([name, true]);
    for (const name of shown.split(','))
      expect([name, settings?.redact?.hides(name)]).toEqual([name, false]);
  });

  it.each([1, 10, 100])('with many stars ends for a hostile key of %i KB', (kilobytes) => {
    const rules = ['*e*y*', '*e*e*e*', '*e*e*e*e*x', 'a*e*e*e*e*e*e*e*.x'];
    const keys = ['e', 'ey', 'e.', 'a.e', 'E\u0130'].map((part) =>
      part.repeat((kilobytes * 1024) / part.length),
    );
    const { settings } = completeOptions({ redact: rules }, {}, () => 'h');
    const redact = (text: string) => settings?.redact?.input({ text }).text;
    for (const key of keys) {
      const parts = key.split('.').map((part, at) => [part.slice(0, 900) + at, 1]);
      const texts = [
        JSON.stringify({ a: { [key]: { b: 1 } } }),
        JSON.stringify(Object.fromEntries(parts)),
        `${key}=1 "${key}": 2 ["${key}", 3]`,
      ];
      for (const text of texts) expect(redact(text)).toMatch(/\*|e/);
    }
  });
});

describe('a pattern', () => {
  it('redacts in texts, values, numbers and names of fields', () => {
    const line =
      '{"msg":"card 4111111111111111","n":4111111111111111,"4111111111111111":["4111111111111111"]}';
    expect(shipped('/\\d{16}/', line)).toEqual({ _msg: 'card ***', n: '***', '***': ['***'] });
    expect(shipped('/\\d{16}/', 'a 4111111111111111 b')).toEqual({ _msg: 'a *** b' });
  });

  it('redacts its first group, if it has one', () => {
    expect(shipped('/card=(\\d+)/', 'card=1 card=23;')).toEqual({ _msg: 'card=*** card=***;' });
    expect(shipped('/(?<=card=)\\d+/', 'card=1 card=23;')).toEqual({ _msg: 'card=*** card=***;' });
  });
});

it('finds a part of a key whatever the object that has it is called', () => {
  for (const name of ['headers', 'headers ', 'my headers']) {
    const line = JSON.stringify({ [name]: { 'user:pin': 1, 'x/a': { b: 1 }, '"a" ': { b: 1 } } });
    const { settings } = completeOptions({ redact: ['a.b', 'pin'] }, {}, () => 'h');
    const { text } = settings?.redact?.input({ text: line }) ?? {};
    expect(text).toBe(
      JSON.stringify({ [name]: { 'user:pin': '***', 'x/a': { b: '***' }, '"a" ': { b: '***' } } }),
    );
  }
});

it.each(['/a(.*b)?/', '/a.*b|c/', '/(?:a.*b)?/'])(
  'the pattern %s does not hold up the program, whatever it searches',
  (rules) => {
    const text = 'a c '.repeat(25_000);
    const { settings } = completeOptions({}, { VICTORIALOGS_REDACT: rules }, () => 'h');
    expect(settings?.redact?.input({ text }).text).toMatch(/\*\*\*$/);
    const json = JSON.stringify(Array.from({ length: 100 }, () => text.slice(0, 8_000)));
    expect(settings?.redact?.input({ text: `{"a":${json}}` }).text).toMatch(/\*\*\*"\]\}$/);
  },
  10_000,
);

it.each([
  ['a line of JSON', (name: string, rest: string) => `{"${name}":1,"rest":"${rest}"}`],
  ['a text', (name: string, rest: string) => `${name}=1 ${rest}`],
])('does not keep %s in memory to know its names', (_, lineOf) => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const { settings } = completeOptions({ redact: ['password', 'a.b'] }, {}, () => 'h');
  collect();
  const { heapUsed } = process.memoryUsage();
  for (let at = 0; at < 400; at++) {
    const line = Buffer.from(lineOf(`a_name_of_its_own_${at}`, 'x'.repeat(100_000)));
    settings?.redact?.input({ text: line.toString('latin1') });
  }
  collect();
  expect(process.memoryUsage().heapUsed - heapUsed).toBeLessThan(8e6);
});

it.each(['value', 'values', 'source', 'flags', 'n', '[', '(', 'name', 'key'])(
  'is not changed by what a program has put on Object.prototype as %j',
  (name) => {
    const text = "{ password: 'a\\nb', x: [ { name: 'password', value: [ 'c' ] } ] }";
    const redacted = "{ password: ***, x: [ { name: 'password', value: *** } ] }";
    Object.defineProperty(Object.prototype, name, { configurable: true, value: 'x' });
    const { settings } = completeOptions({ redact: ['password'] }, {}, () => 'h');
    const shown = settings?.redact?.input({ text }).text;
    // `expect` itself stumbles over some of them.
    Reflect.deleteProperty(Object.prototype, name);
    expect(shown).toBe(redacted);
  },
);

describe('an input', () => {
  it('is redacted in the name of its logger', () => {
    const { settings } = completeOptions({ redact: ['password'] }, {}, () => 'h');
    const redacted = settings?.redact?.input({ text: 'm', logger: 'password=s3cret' });
    expect(redacted).toEqual({ text: 'm', logger: 'password=***' });
  });

  it('is redacted in its fields and error', () => {
    const error = Object.assign(new TypeError('password=s3cret'), { code: 'password=s3cret' });
    const fields = { big: 2n ** 64n, password: 's3cret', nested: [error], error };
    const record = shipped('password', { text: 'm', error, fields, logger: 'x' });
    expect(record).toMatchObject({ 'error.type': 'TypeError', 'error.message': 'password=***' });
    expect(record['error.stack']).toMatch(/^TypeError: password=\*\*\*\n +at /);
    expect(record).toMatchObject({ big: Number(2n ** 64n), password: '***' });
    expect(JSON.stringify(record)).not.toContain('s3cret');
    expect(error.message).toBe('password=s3cret');
    expect(fields.password).toBe('s3cret');
  });

  it.each([
    ['code', 'error.code'],
    ['error.message', 'error.message'],
    ['stack', 'error.stack'],
    ['/s3cret|17/', 'error.type'],
    ['/s3cret|17/', 'error.code'],
  ])('is redacted by %s in its field %s', (rules, name) => {
    const error = Object.assign(new Error('s3cret'), { name: 's3cret', code: 17 });
    const record = shipped(rules, { text: 'm', error });
    expect(record[name]).toBe('***');
    expect(record._msg).toBe('m');
  });

  it('keeps the code of its error that no rule is for', () => {
    const error = Object.assign(new Error('m'), { code: 17 });
    expect(shipped('password', { text: 'm', error })['error.code']).toBe(17);
  });

  it('of any kind is redacted', () => {
    const bytes = Buffer.from('password=s3cret') as unknown as string;
    expect(shipped('password', { text: bytes })).toEqual({ _msg: 'password=***' });
    expect(shipped('password', 7 as never)).toEqual({ _msg: '7' });
    const unreadable = Object.defineProperty({ text: '' }, 'text', {
      get: () => {
        throw new Error('s3cret');
      },
    });
    expect(shipped('password', unreadable)).toEqual({ _msg: '*** (it could not be redacted)' });
    const thrown = { password: 's3cret', code: 1 };
    expect(JSON.stringify(shipped('password', { text: 'm', error: thrown }))).not.toContain('s3c');
    expect(shipped('password', { text: 'm', error: 'password=s3cret' })).toMatchObject({
      'error.message': 'password=***',
    });
  });

  it('that cannot be redacted is shipped without its text', () => {
    const { settings } = completeOptions({ redact: ['password'] }, {}, () => 'h');
    for (const name of ['error', 'level', 'stream']) {
      const hostile = { text: 's3cret', level: 'WARN' };
      Object.defineProperty(hostile, name, {
        enumerable: true,
        get() {
          throw new Error('s3cret');
        },
      });
      const input = settings?.redact?.input(hostile as LogInput);
      expect(input).toEqual({ text: '*** (it could not be redacted)', level: 'ERROR' });
    }
  });
});

it('reads a long message of an error once, and what is around it in the stack', () => {
  let read = 0;
  const redaction = new Redaction(
    ['password'],
    [
      (text) => {
        read += text.length;
        return text;
      },
    ],
  );
  const message = `bad answer: ${'{"password":"hunter2"} '.repeat(1_000)}`;
  const cause = new Error("{ password: 'hunter2' }");
  const { error } = redaction.input({ text: 'm', error: new TypeError(message, { cause }) });
  const { message: shown, stack } = error as Error;
  expect(shown).toBe(`bad answer: ${'{"password":***} '.repeat(1_000)}`);
  expect(stack).toContain(`TypeError: ${shown}\n    at `);
  expect(stack).toContain('Caused by: Error: { password: *** }\n    at ');
  expect(read).toBeLessThan(message.length + 5_000);
});

it('hides what follows in the stack of an error whose message has been cut off', () => {
  const redaction = new Redaction(['session'], []);
  const error = new Error(`${'x'.repeat(9_000)} {"session":{"a":1,"b":"hunter2"}}`);
  // Node makes it when it is first read.
  expect(error.stack).toContain('hunter2');
  error.message = error.message.slice(0, -15);
  const { stack } = redaction.input({ text: 'm', error }).error as Error;
  expect(stack).toContain('{"session":***');
  expect(stack).not.toContain('hunter2');
});
