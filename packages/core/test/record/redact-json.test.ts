import { describe, expect, it } from 'vitest';
import { Redaction } from '../../src/record/redact.ts';
import { redactJson } from '../../src/record/redact-json.ts';

const redact = (json: string, ...names: string[]): string =>
  redactJson(json, new Redaction(names, []));

const RAW_HEADERS = ['Host', 'x', 'Authorization', 'Bearer s3cret', 'Accept', '*/*'];
it.each([
  [JSON.stringify({ rawHeaders: RAW_HEADERS }), '"Authorization","***","Accept","*/*"'],
  ['{"a":["node","--authorization","s3cret",7]}', '["node","--authorization","***",7]'],
  ['["Vary","Authorization","Authorization","s3cret","a",7]', '"***","***","a",7]'],
  ['{"a":["authorization",{"s3cret":["s3cret"]},7]}', '["authorization","***",7]'],
  ['{"a":[["authorization","s3cret"],["b",7]]}', '[["authorization","***"],["b",7]]'],
  [JSON.stringify({ level: 30, ...RAW_HEADERS }), '"2":"Authorization","3":"***","4":"Accept"'],
  ['{"0":"authorization","1":{"a":"s3cret"},"2":7,"value":7}', '"1":"***","2":7,"value":7'],
  ['{"a":{"name":"Authorization","value":"s3cret","b":1}}', '"value":"***","b":1'],
  ['{"a":{"Value":{"b":["s3cret"]},"key":"Authorization"}}', '{"Value":"***","key":'],
  ['{"a":{"path":"authorization","value":1,"c":{"value":2}}}', '"value":"***","c":{"value":2}'],
  ['{"au\\u0074horization":"s3cret","b":1}', '"au\\u0074horization":"***","b":1'],
  ['{"authorization.x":"s3cret","b":1}', '"authorization.x":"***","b":1'],
  ['{"user[authorization]":"s3cret","b":1}', '"user[authorization]":"***","b":1'],
  ['{"authorization[]":["s3cret"],"b":1}', '"authorization[]":"***","b":1'],
  [`{"a['authorization'][0]":"s3cret","b":1}`, '[0]":"***","b":1'],
  ['{"user%5Bauthorization%5D":"s3cret","b":1}', '%5D":"***","b":1'],
  ['{" authorization ":"s3cret","b":1}', '" authorization ":"***","b":1'],
  [`{"'authorization'":"s3cret","b":1}`, '"***","b":1'],
  ['{"user:authorization":"s3cret","b":1}', '"user:authorization":"***","b":1'],
  ['{"user->authorization\\u0000":"s3cret","b":1}', '"***","b":1'],
  ['["--user[authorization]","s3cret",1]', '"--user[authorization]","***",1'],
  ['{"key":"authorization","a":[1],"value":"s3cret"}', '"a":[1],"value":"***"'],
  ['{"name":"authorization","value":"s3cret; authorization=x"}', '"value":"***"'],
])('redacts, in whatever form it comes, in %j', (json, redacted) => {
  const shown = redact(json, 'authorization');
  expect(shown).toContain(redacted);
  expect(shown).not.toMatch(/s3cret|4711/);
  JSON.parse(shown);
});

describe('a hidden name', () => {
  it.each([
    ['{"password":"x","a":1}', '{"password":"***","a":1}'],
    ['{"a":{"Password":{"deep":[1]}}}', '{"a":{"Password":"***"}}'],
    ['{"list":[{"PASSWORD":7,"kept":1.50}]}', '{"list":[{"PASSWORD":"***","kept":1.50}]}'],
    ['{"password":1,"password":2}', '{"password":"***","password":"***"}'],
    ['{"password":null,"a":true}', '{"password":"***","a":true}'],
    ['{"password":{},"a":[]}', '{"password":"***","a":[]}'],
    ['{"a":"login password=x now"}', '{"a":"login password=*** now"}'],
  ])('in %s', (json, redacted) => {
    expect(redact(json, 'password')).toBe(redacted);
  });

  it.each([
    ['{"{\\"password\\":\\"s3cret\\",\\"a\\":1}":""}', '{\\"password\\":***,\\"a\\":1}'],
    ['{"?password=s3cret&a=1":2}', '?password=***&a=1'],
    ['{"password: s3cret":2}', 'password: ***'],
    ['{"/reset:password:s3cret":2}', '/reset:password:***'],
    ['{"[\\"password\\", \\"s3cret\\"]":2}', '[\\"password\\", ***]'],
  ])('is found in the text of a key: %s', (json, shown) => {
    const redacted = redact(json, 'password');
    expect(redacted).toContain(shown);
    JSON.parse(redacted);
  });

  it('leaves the keys that it is a part of as they are', () => {
    const json = '{"user:password":1,"a[password][0]":1,"a/password":1}';
    expect(redact(json, 'password')).toBe(json.replaceAll(':1', ':"***"'));
  });

  it('may say where the field is', () => {
    const json = '{"cookie":1,"req":{"headers":{"cookie":2}},"headers":[{"cookie":3}]}';
    expect(redact(json, 'headers.cookie')).toBe(
      '{"cookie":1,"req":{"headers":{"cookie":"***"}},"headers":[{"cookie":"***"}]}',
    );
  });

  it('hides a value once, whatever is in it', () => {
    expect(redact('{"password":{"password":1,"a":"password=2"}}', 'password')).toBe(
      '{"password":"***"}',
    );
    const named = '{"value":{"password":1},"name":"password"}';
    expect(redact(named, 'password')).toBe('{"value":"***","name":"password"}');
  });

  it('is not part of a sentence or of a path that is a value', () => {
    const json = '{"the \'password\' was wrong":1,"a":["/reset/password","b"],"value":2}';
    expect(redact(json, 'password')).toBe(json);
  });

  it('hides no value of an object that only stands beside it', () => {
    const json = '{"a":{"name":"user","value":1},"b":{"name":"password"},"value":2}';
    expect(redact(json, 'password')).toBe(json);
  });
});

it('keeps the exact text of everything else', () => {
  const json = '{ "n" : 12345678901234567890.00,\t"s":"\\u00e9", "password" : "x" }\n';
  expect(redact(json, 'password')).toBe(json.replace('"x"', '"***"'));
  expect(redact(json, 'other')).toBe(json);
});

it.each(['7', '"a"', '[]', '{}', ' null '])('leaves %s as it is', (json) => {
  expect(redact(json, 'password')).toBe(json);
});

it('redacts what patterns find in names, texts and numbers', () => {
  const rules = new Redaction([], [(text) => text.replace(/4{4}/g, '***')]);
  expect(redactJson('{"a4444":["4444",44441,true],"b":4}', rules)).toBe(
    '{"a***":["***","***1",true],"b":4}',
  );
});

it('reads what is nested more deeply than calls can be', () => {
  const depth = 100_000;
  const json = `${'['.repeat(depth)}{"password":1}${']'.repeat(depth)}`;
  expect(redact(json, 'password')).toBe(json.replace('1', '"***"'));
});
