import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createEncoder } from '../../src/encode/encode.ts';
import { completeOptions } from '../../src/options.ts';
import type { LogInput } from '../../src/record/record.ts';

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
  for (let time = 0; time < 3; time++) encode(given, (line) => lines.push(line));
  // The short ways give the same as the long one.
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

  const headers = new Headers({ authorization: 'Bearer s3cret' });
  it.each([
    ['login password=s3cret done', 'login password=*** done'],
    ['login password="s3 cret" done', 'login password="***" done'.replaceAll('"', '')],
    ['GET /a?user=1&password=s3cret&x=2', 'GET /a?user=1&password=***&x=2'],
    ['--password=s3cret', '--password=***'],
    ['Password: s3cret and more', 'Password: ***'],
    ['got {"password":"s3\\"cret","user":1}', 'got {"password":***,"user":1}'],
    ['got "{\\"password\\":\\"s3cret\\",\\"u\\":1}"', 'got "{\\"password\\":***,\\"u\\":1}"'],
    ['[{"password":["s3cret","s3cret"]}]', '[{"password":***}]'],
    [inspect({ password: 's3cret', user: 1 }), '{ password: ***, user: 1 }'],
    [inspect({ password: { a: 's3cret}', b: [1] }, user: 1 }), '{ password: ***, user: 1 }'],
    [inspect(new Map([['password', 's3cret']])), "Map(1) { 'password' => *** }"],
    [inspect({ password: `s3cret\n${'s3cret'.repeat(30)}\n` }), '{\n  password: ***\n}'],
    [inspect({ password: new Map([['a', 's3cret']]), b: 1 }), '{ password: ***, b: 1 }'],
    [inspect({ password: headers, b: 1 }), '{ password: ***, b: 1 }'],
    [inspect({ a: { password: 1234 }, b: 1 }), '{ a: { password: ***, b: 1 }'],
    [inspect({ password: undefined, b: 1 }), '{ password: ***, b: 1 }'],
    ['got {"password":1234,"user":1} there', 'got {"password":***,"user":1} there'],
    ["password: [Object: null prototype] { a: 's3cret' }, b", 'password: ***, b'],
    ['{"password":["\\\\","s3cret"],"b":"\\"}"}, x', '{"password":***,"b":"\\"}"}, x'],
    ["password: 's3cret never ends", 'password: ***'],
    ['password: [ s3cret', 'password: ***'],
    // Without quotes it is not known where a value ends.
    ["password: don't tell", 'password: ***'],
    ['password: s3cret, "s3cret"; (s3cret) s3cret\nuser: 1', 'password: ***\nuser: 1'],
    ['password: s3cret (s3cret) s3cret', 'password: ***'],
    ["password: 's3'cret s3cret, user: 1", 'password: ***, user: 1'],
    ['user: 1, password: s3,c:ret, id: 2', 'user: 1, password: ***, id: 2'],
    ["password=s3'c,r;e)t& done", 'password=*** done'],
    ['Server=a;Password=s3,cret;Database=b', 'Server=a;Password=***;Database=b'],
    ['password[]=s3cret&password[0]=s3cret&x=2', 'password[]=***&password[0]=***&x=2'],
    ['user[password][old][0]=s3cret&x=2', 'user[password][old][0]=***&x=2'],
    [
      'password%5B%5D=s3cret&user%5Bpassword%5D%5b0%5d=s3cret&x=2',
      'password%5B%5D=***&user%5Bpassword%5D%5b0%5d=***&x=2',
    ],
    ['password=(s3 cret) done', 'password=*** done'],
    ['password: (a, b: s3cret), user: 1', 'password: ***, user: 1'],
    [
      'expected password == s3cret, password === s3cret',
      'expected password == *** password === ***',
    ],
    ["user['password'] = s3cret", "user['password'] = ***"],
  ])('redacts in the text %j', (text, redacted) => {
    expect(shipped('password', text)).toMatchObject({ _msg: redacted });
  });

  const RAW_HEADERS = ['Host', 'x', 'Authorization', 'Bearer s3cret', 'Accept', '*/*'];
  it.each([
    [JSON.stringify({ rawHeaders: RAW_HEADERS }), '"Authorization","***","Accept","*/*"'],
    [inspect({ rawHeaders: RAW_HEADERS }), "'Authorization', ***, 'Accept', '*/*'"],
    [inspect(RAW_HEADERS.concat('y'.repeat(70))), "'Authorization',\n  ***,\n  'Accept',"],
    ['at ["Authorization","Bearer s3cret"] there', 'at ["Authorization",***] there'],
    ['{"a":["node","--authorization","s3cret",7]}', '["node","--authorization","***",7]'],
    ['{"a":["authorization",{"s3cret":["s3cret"]},7]}', '["authorization","***",7]'],
    ['{"a":[["authorization","s3cret"],["b",7]]}', '[["authorization","***"],["b",7]]'],
    ['got [["authorization","s3cret"],["b",7]]', '[["authorization",***],["b",7]]'],
    ['got ["authorization", 4711, 7]', '["authorization", ***, 7]'],
    ['{"a":{"name":"Authorization","value":"s3cret","b":1}}', '"value":"***","b":1'],
    ['{"a":{"Value":{"b":["s3cret"]},"key":"Authorization"}}', '{"Value":"***","key":'],
    ['{"a":{"path":"authorization","value":1,"c":{"value":2}}}', '"value":"***","c":{"value":2}'],
    [inspect([{ name: 'authorization', value: 's3cret', b: 1 }]), 'value: ***, b: 1'],
    ['[{"name":"authorization","value":"s3cret","b":1}]', '"value":***,"b":1'],
    ['{"au\\u0074horization":"s3cret","b":1}', '"au\\u0074horization":"***","b":1'],
    ['got {"au\\u0074horization":"s3cret","b":1}', '"au\\u0074horization":***,"b":1'],
    ['got "{\\"au\\\\u0074horization\\":\\"s3cret\\"}"', '{\\"au\\\\u0074horization\\":***}'],
    ['/a?au%74horization=s3cret&b=1', 'au%74horization=***&b=1'],
    ['{"authorization.x":"s3cret","b":1}', '"authorization.x":"***","b":1'],
    [inspect({ 'authorization.x': 's3cret', b: 1 }), "'authorization.x': ***, b: 1"],
    ['authorization.x=s3cret b=1', 'authorization.x=*** b=1'],
    [`authorization${' '.repeat(40)}: s3cret`, ': ***'],
    ['authorization\u00a0:\u00a0s3cret', 'authorization\u00a0:\u00a0***'],
  ])('redacts, in whatever form it comes, in %j', (text, redacted) => {
    const { settings } = completeOptions({ redact: ['authorization'] }, {}, () => 'h');
    const shown = settings?.redact?.input({ text }).text ?? '';
    expect(shown).toContain(redacted);
    expect(shown).not.toMatch(/s3cret|4711/);
  });

  it.each([
    'the password was wrong: user=7 (12:30:45) list[0]=1 [password] x=2',
    "missing 'password' request header",
    'missing fields "password", "email" and "name"',
    'at login (/app/src/password.js:12:5)',
    '"password" must be longer',
    'x {"name":"user","value":"kept"}',
  ])('leaves a text alone that only speaks of it: %j', (text) => {
    expect(shipped('password', text)).toEqual({ _msg: text });
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

  it('may hold commas and slashes, and stand beside names', () => {
    const rules = 'pin, /a\\/b{1,2},/i,/x/ , token';
    expect(shipped(rules, 'A/bb, x pin=1 token=2')).toEqual({ _msg: '*** *** pin=*** token=***' });
  });

  it('takes no longer for a text that is made to take long', () => {
    const text = `${'a'.repeat(50_000)}!`;
    expect(shipped('/(a+)+$/', text)._msg).toBe(text);
  });
});

describe('an input', () => {
  it('is redacted in its fields, error and logger', () => {
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
    const thrown = { password: 's3cret', code: 1 };
    expect(JSON.stringify(shipped('password', { text: 'm', error: thrown }))).not.toContain('s3c');
    expect(shipped('password', { text: 'm', error: 'password=s3cret' })).toMatchObject({
      'error.message': 'password=***',
    });
  });

  it('that cannot be redacted is shipped without its text', () => {
    const { settings } = completeOptions({ redact: ['password'] }, {}, () => 'h');
    const hostile = { text: 's3cret', level: 'WARN' } as { text: string; error?: unknown };
    Object.defineProperty(hostile, 'error', {
      enumerable: true,
      get() {
        throw new Error('s3cret');
      },
    });
    const { text, level } = settings?.redact?.input(hostile as LogInput) ?? {};
    expect({ text, level }).toEqual({ text: '*** (it could not be redacted)', level: 'WARN' });
  });
});
