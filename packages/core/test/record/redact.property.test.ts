import { Session } from 'node:inspector/promises';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEncoder } from '../../src/encode/encode.ts';
import { completeOptions } from '../../src/options.ts';
import type { LogInput } from '../../src/record/record.ts';
import { someOf } from '../some-of.ts';

/** What must be in no line: once as the value of a field, once as what a pattern finds. */
const HIDDEN = 's3cr3t';
const FOUND = '4111111111111111';

const { settings } = completeOptions(
  { redact: ['password', '*_token', 'headers.cookie', /\d{16}/] },
  {},
  () => 'h',
);
if (settings === undefined) throw new Error('no settings');
const encode = createEncoder(
  { ...settings, levelThreshold: 0, shipperId: 'id' },
  { now: Date.now, context: () => undefined },
);

function linesOf(input: LogInput): string {
  const lines: string[] = [];
  encode(input, (line) => lines.push(String(line)));
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) JSON.parse(line);
  return lines.join('');
}

const word = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom(
    'msg',
    'message',
    'time',
    'level',
    'err',
    'stack',
    'a.b',
    '',
    '"',
    "'",
    '\\',
    '}',
    ...[', ', ': ', '\n', '%22', '&quot;', '\\u0022', '=', '&'],
  ),
);
/** A text around what a pattern finds; no digit beside it, which would make another number of it. */
const found = fc
  .tuple(word, word)
  .map(([before, behind]) => `${before.replace(/\d+$/, '')}${FOUND}${behind.replace(/^\d+/, '')}`);
/** Whatever is left of it shows a part of it. */
const secret = fc.array(word, { maxLength: 3 }).map((words) => [HIDDEN, ...words, ''].join(HIDDEN));
const hiddenValue = fc.oneof(
  secret,
  fc.array(secret, { minLength: 1, maxLength: 3 }),
  fc.dictionary(word, secret, { minKeys: 1, maxKeys: 3 }),
  fc.dictionary(word, fc.array(secret, { minLength: 1 }), { minKeys: 1, maxKeys: 3 }),
);
const hiddenName = fc.constantFrom('password', 'PassWord', 'api_token', 'x-y_token');
const hidden = fc.oneof(
  fc.tuple(hiddenName, hiddenValue).map(([name, value]) => ({ [name]: value })),
  hiddenValue.map((cookie) => ({ headers: { cookie } })),
);
/** The same with its name as a value: as in `rawHeaders`, and in `[{ name, value }]`. */
const named = fc.oneof(
  fc.tuple(hiddenName, hiddenValue, word),
  fc.record({ name: hiddenName, word, value: hiddenValue }),
  fc.record({ value: hiddenValue, word, key: hiddenName }),
);
/** Anything that is logged, with secrets somewhere in it. */
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(word, fc.integer(), fc.double(), fc.boolean(), fc.constant(null), found, hidden),
    fc.oneof(word, fc.integer(), found, hidden, named, fc.constant(Number(FOUND))),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(word, tie('tree'), { maxKeys: 4 }),
    fc.dictionary(found, tie('tree'), { maxKeys: 2 }),
    fc.tuple(hidden, fc.dictionary(word, tie('tree'), { maxKeys: 3 })).map(([secrets, others]) => ({
      ...others,
      ...secrets,
    })),
  ),
}));

/** Every way on which something logged gets into a record. */
const WAYS: Readonly<Record<string, (logged: unknown) => LogInput>> = {
  'a line of JSON': (logged) => ({ text: JSON.stringify({ logged }) }),
  'a line of JSON with names twice': (logged) => {
    const json = JSON.stringify(logged) ?? '1';
    return { text: `{"password":"${HIDDEN}","a":${json},"password":"${HIDDEN}","a":${json}}` };
  },
  'a line of pino': (logged) => ({
    text: JSON.stringify({ level: 30, time: Date.now(), msg: String(FOUND), err: logged }),
    logger: 'pino',
    level: 'INFO',
    keys: { message: 'msg', error: 'err' },
  }),
  'an object, printed': (logged) => ({ text: inspect({ logged }, { depth: 9 }) }),
  'an object in an object, printed': (logged) => ({
    text: inspect({ m: inspect({ logged }, { depth: 9 }) }),
  }),
  'JSON in a URL': (logged) => ({
    text: `GET /?q=${encodeURIComponent(JSON.stringify({ logged }))}&a=b HTTP/1.1`,
  }),
  'JSON in a text': (logged) => ({ text: `got ${JSON.stringify({ logged })} from there` }),
  'JSON in JSON': (logged) => ({
    text: JSON.stringify({ body: `< ${JSON.stringify({ logged })}` }),
  }),
  'JSON in JSON in a text': (logged) => ({
    text: `got ${JSON.stringify(JSON.stringify({ logged }))} from there`,
  }),
  fields: (logged) => ({ text: 'm', fields: { logged } }),
  'fields of an error': (logged) => ({
    text: 'm',
    fields: { error: Object.assign(new Error('e'), { logged }) },
  }),
  'an error': (logged) => ({
    text: 'm',
    error: new Error(inspect(logged, { depth: 9 }), { cause: new Error(JSON.stringify(logged)) }),
  }),
  'a thrown object': (logged) => ({ text: '', error: { logged } }),
};

test.each(Object.entries(WAYS))('no secret is in a record of %s', (_, inputOf) => {
  fc.assert(
    fc.property(tree, (logged) => {
      const lines = linesOf(inputOf(logged));
      expect(lines).not.toContain(HIDDEN);
      expect(lines).not.toContain(FOUND);
    }),
    { numRuns: someOf(300) },
  );
});

test('a secret that is long, or in a long text, is in none of the parts', () => {
  const long = HIDDEN.repeat(100_000);
  expect(linesOf({ text: JSON.stringify({ msg: 'm', password: long }) })).not.toContain(HIDDEN);
  const text = `${'x '.repeat(127_990)}${FOUND} ${'y '.repeat(100_000)} password=${long}`;
  const lines = linesOf({ text });
  expect(lines).not.toContain(HIDDEN);
  expect(lines).not.toContain('4111');
});

async function startCounting(): Promise<Session> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  return session;
}

/** Steps of our code, as V8 counts how often each block of it runs. */
async function stepsOf(session: Session, run: () => void): Promise<number> {
  await session.post('Profiler.takePreciseCoverage');
  run();
  const { result } = await session.post('Profiler.takePreciseCoverage');
  const functions = result
    .filter(({ url }) => url.includes('/src/record/'))
    .flatMap((script) => script.functions);
  const counts = functions.flatMap(({ ranges }) => ranges.map(({ count }) => count));
  return counts.reduce((sum, count) => sum + count, 0);
}

test('a text that is twice as long takes twice the steps, however hostile it is', async () => {
  const parts = [
    ...['password', 'a'.repeat(200), '"', '\\', '{', ':', '=', ' ', "'", '\n', '[', ']=', '%5B'],
    ...[', a', ';a=', ', "', 'password:', 'password[0', 'password=(', '["password",', '"value":'],
    ...[
      '{"value":',
      '"name":"password",',
      '\\u0070',
      '\u00a0',
      '%3d',
      '%25',
      '\\"',
      '""',
      '&quot;',
    ],
  ];
  const redact = (text: string) => void settings?.redact?.text(text);
  const json = (text: string) => void settings?.redact?.input({ text: `{"a":[${text}]}` });
  const nested = (opening: string, closing: string) => (length: number) => {
    const depth = length / (opening.length + closing.length);
    return opening.repeat(depth) + 1 + closing.repeat(depth);
  };
  // Each with itself, and with one that many runs together change.
  const texts = parts.flatMap((part) =>
    [part, fc.sample(fc.constantFrom(...parts), 1)[0]].map(
      (other) => (length: number) => `${part}${other}`.repeat(length).slice(0, length),
    ),
  );
  const jsons = [
    nested('{"value":', ',"name":"password"}'),
    nested('{"name":"password","value":', '}'),
    nested('["password",', ']'),
    nested('["password",1,', ']'),
    nested('{"a":', ',"password":1}'),
  ];
  const tried = [
    ...texts.map((made) => [redact, made] as const),
    ...jsons.map((made) => [json, made] as const),
  ];
  const session = await startCounting();
  for (const [run, made] of tried) {
    const doubles = async () => {
      const steps = await stepsOf(session, () => run(made(2_000)));
      return (await stepsOf(session, () => run(made(4_000)))) < 2.2 * steps + 300;
    };
    // When V8 collects garbage in between, some counts are lost.
    const isLinear = (await doubles()) || (await doubles()) || (await doubles());
    expect([made(100), isLinear]).toEqual([made(100), true]);
  }
  session.disconnect();
});

test('values inside each other, in each reading of a text, share one limit of steps', async () => {
  const [opening, closing] = ['password:{password:['.repeat(7), ']}'.repeat(7)];
  const made = (start: string) => `${start}${opening}${"''".repeat(5_000)}${closing}`;
  const session = await startCounting();
  const redact = (text: string) => () => void settings?.redact?.text(text);
  const once = await stepsOf(session, redact(made('')));
  const often = await stepsOf(session, redact(made('"{ %252525 &amp;amp;amp; ')));
  session.disconnect();
  // What is not in a value is read in each of the eight readings.
  expect(often / once).toBeLessThan(4);
});

test('does not read colors with a colon again for each that follows', () => {
  const colors = '\u001b[:m'.repeat(250_000);
  // Without a limit, this takes minutes. Behind it, the rest is hidden.
  expect(settings?.redact?.text(colors).endsWith('***')).toBe(true);
});

// Steps of V8's regular expressions are not counted: with quadratic ones, each of these takes half a minute or longer.
test.each([
  ['backslashes that end at no quote', `value: ${'\\'.repeat(1_000_000)}x`],
  ['blanks behind values without an end', '{value:'.repeat(60_000) + ' '.repeat(500_000)],
  [
    'members of a name of dashes',
    `{"${'-'.repeat(1_000)}":{${Array.from({ length: 40_000 }, (_, at) => `"${at}":1`).join()}}}`,
  ],
  [
    'members of a long name',
    `{"${'a1'.repeat(500)}":{${Array.from({ length: 100_000 }, (_, at) => `"k${at}":1`).join()}}}`,
  ],
  [
    'a name of many parts, for members that the end of a rule fits',
    `{"${'c/'.repeat(500)}":{${Array.from({ length: 50_000 }, (_, at) => `"b/${at}":1`).join()}}}`,
  ],
])('does not search %s again and again', (_, text) => {
  const names = Array.from({ length: 99 }, (_, at) => `*a${at}*_key`);
  const { settings: hostile } = completeOptions({ redact: [...names, 'a.b'] }, {}, () => 'h');
  expect(hostile?.redact?.input({ text }).text).toBe(text);
});

test('searches what many values with encoded blanks are in once', () => {
  const text = 'password=a%20'.repeat(60_000);
  expect(settings?.redact?.text(text)).toBe('password=***');
});
