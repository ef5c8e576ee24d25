/** What hides a value, in every notation, in every encoding, in whatever stands around it. */
import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { Redaction } from '../../src/record/redact.ts';

const SECRET = 'hun, ter2';
const VALUES = {
  'a list of names and values': ['Authorization', SECRET, 'Vary', 'x'],
  'a list with others before': ['Vary', 'x', 'Authorization', SECRET],
  'a set of names and values': new Set(['Authorization', SECRET, 'Vary', 'x']),
  pairs: [
    ['Authorization', SECRET],
    ['Vary', 'x'],
  ],
  'a value before its name': { value: SECRET, name: 'password' },
  'a value behind its name': { name: 'password', value: SECRET },
  'a list of named values': [{ value: SECRET, name: 'password' }],
  'a field': { password: SECRET },
  'a list in an object': { a: [1, { headers: ['Authorization', SECRET] }] },
};

const showAs = (breakLength: number) => (value: unknown) =>
  inspect(value, { depth: 9, breakLength });
/** As jq and pretty printers color: brackets, names, signs and values. */
const color = (text: string) =>
  text.replace(
    /("[^"]*"|'[^']*'|\w+)|[[\]{},:]/g,
    (part, word) => `\u001b[0m\u001b[${word === undefined ? 1 : 32}m${part}\u001b[22m\u001b[39m`,
  );
const SHOWN: readonly ((value: unknown) => string)[] = [
  (value) => JSON.stringify(value),
  (value) => JSON.stringify(value, null, 2),
  (value) => JSON.stringify(value, null, 1).replace(/\n\s*/g, ' '),
  showAs(Number.POSITIVE_INFINITY),
  showAs(1),
  (value) => color(JSON.stringify(value)),
  (value) => color(JSON.stringify(value, null, 2)),
  (value) => color(inspect(value, { depth: 9 })),
];

const form = (text: string) => encodeURIComponent(text).replaceAll('%20', '+');
const html = (text: string) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
const json = (text: string) => JSON.stringify(text).slice(1, -1);
const numbered = (start: string, digits: number) => (text: string) =>
  text.replace(/["']/g, (quote) => start + quote.charCodeAt(0).toString(16).padStart(digits, '0'));
const ENCODED: readonly ((text: string) => string)[] = [
  (text) => text,
  json,
  encodeURIComponent,
  form,
  html,
  (text) => text.replaceAll('"', '&#34;').replaceAll("'", '&#x27;'),
  (text) => text.replaceAll('"', '""'),
  (text) => text.replaceAll("'", "\\'"),
  numbered('\\u', 4),
  numbered('\\x', 2),
  (text) => json(json(text)),
  (text) => encodeURIComponent(encodeURIComponent(text)),
  (text) => html(html(text)),
  (text) => html(form(text)),
  (text) => form(html(text)),
  (text) => json(form(text)),
  (text) => inspect(text, { breakLength: 1 }),
  (text) => json(inspect({ text }, { breakLength: 1, colors: true })),
];

const AROUND = [
  ...['…', 'h=…', "h='…'", 'h="…"', 'h=`…`', 'h: …', "h: '…'", 'h: "…"', "h:'…'", 'h=[…]'],
  ...['got (…)', "f('…')", 'f("…")', "got '…' there", 'got "…" there', '<a h="…" b="c">'],
  ...["{ h: '…', b: 1 }", 'failed {"h":"…","b":1}', 'GET /x?h=…&b=c HTTP/1.1', "[ '…' ]"],
  ...['h => …', '1,"…",2', 'h=\\"…\\"', "h: \u001b[32m'…'\u001b[39m", 'h=&quot;…&quot;'],
  ...['h=&#39;…&#39;', 'h=%22…%22', 'h=%27…%27', 'h\t…'],
];

it.each(['hun" ,ter2', "hun', ter2", 'hun}, ter2', 'hun],"ter2', 'hun\\"ter2, x', 'hun` ,ter2'])(
  'leaves nothing of %j in JSON in a string of an object, as an error of axios has it',
  (secret) => {
    const redaction = new Redaction(['password', 'authorization'], []);
    const values = [
      { user: 'me', password: secret, z: 1 },
      { user: 'me', headers: ['Authorization', secret] },
      { fields: [{ value: secret, name: 'password' }] },
      { again: JSON.stringify({ password: secret, z: 1 }) },
    ];
    const texts = values.flatMap((value) =>
      [1, 80].flatMap((breakLength) => {
        const config = { data: JSON.stringify(value), method: 'post' };
        return [
          inspect({ config }, { breakLength }),
          JSON.stringify({ config }),
          `m ${config.data}`,
        ];
      }),
    );
    expect(texts.filter((text) => /ter2/.test(redaction.text(text)))).toEqual([]);
  },
);

it.each(['hun%22, ter2', 'hun&quot;, ter2', 'hun\\u0022, ter2', 'hun", ter2'])(
  'leaves nothing of %j in a value that is encoded once more',
  (secret) => {
    const redaction = new Redaction(['contraseña', 'authorization'], []);
    const values = [{ contraseña: secret }, ['Authorization', secret]];
    const texts = values.flatMap((value) =>
      ENCODED.map((encode) => `got ${encode(JSON.stringify(value))} from there`),
    );
    texts.push(`got {"contrase\\u00f1a":${JSON.stringify(secret)}} from there`);
    expect(texts.filter((text) => /ter2/.test(redaction.text(text)))).toEqual([]);
  },
);

it.each(Object.entries(VALUES))('leaves nothing of a value in %s', (_, value) => {
  const redaction = new Redaction(['password', 'authorization'], []);
  const texts = SHOWN.flatMap((show) =>
    ENCODED.flatMap((encode) =>
      AROUND.map((around) => around.replace('…', () => encode(show(value)))),
    ),
  );
  expect(texts.filter((text) => /hun|ter2/.test(redaction.text(text)))).toEqual([]);
});
