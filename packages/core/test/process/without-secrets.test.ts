import { describe, expect, it } from 'vitest';
import {
  type Printed,
  printedIn,
  secretsIn,
  withoutPrinted,
  withoutSecrets,
} from '../../src/process/without-secrets.ts';
import { authorization } from '../../src/settings/server-url.ts';

const basic = (user: string, password: string) => ({
  Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

function shown(text: string, headers: Record<string, string>): string {
  return withoutSecrets(text, secretsIn(headers));
}

describe('withoutSecrets', () => {
  it.each([
    ['as a header', `Authorization: Basic ${btoa('scott:t"iger in a cage')}`],
    ['as a header without its scheme', btoa('scott:t"iger in a cage')],
    ['as they are', 'user scott, password t"iger in a cage'],
    ['in a URL', 'http://scott:t%22iger%20in%20a%20cage@h:1/'],
    ['in JSON', JSON.stringify({ body: { password: 't"iger in a cage', user: 'scott' } })],
    ['at the end of a text that was cut', 'you said scott:t"iger in'],
  ])('hides user and password %s', (_, text) => {
    const left = shown(`403: ${text}`, basic('scott', 't"iger in a cage'));
    expect(left).toMatch(/^403: .*\*\*\*/);
    expect(left).not.toMatch(/scott|iger|c2NvdH/);
  });

  const PHRASE = 'my sécret "pass"';
  it.each([
    ['a form', PHRASE, new URLSearchParams({ password: PHRASE }).toString().slice(9)],
    ['Latin-1', PHRASE, Buffer.from(PHRASE).toString('latin1')],
    ['a log of nginx', 'my "pass"', 'my \\x22pass\\x22'],
    ['a mail', 'my pass', 'my=20pass'],
  ])('hides a password of several words as in %s', (_, password, said) => {
    expect(shown(`login?p=${said}&again`, basic('me', password))).toBe('login?p=***&again');
  });

  const base64Of = (text: string) => Buffer.from(text).toString('base64');
  const base64UrlOf = (text: string) => Buffer.from(text).toString('base64url');

  it.each([
    ['the password', base64Of('n0w<&>it?is~')],
    ['user and password, for URLs', base64UrlOf('scott:n0w<&>it?is~')],
    ['what comes before and after', base64Of('the user scott:n0w<&>it?is~ is unknown')],
    ['one byte more before it', base64Of('a user scott:n0w<&>it?is~ is unknown')],
    ['two bytes more before it', base64UrlOf('an user scott:n0w<&>it?is~ is unknown')],
    ['the header', base64Of(`Authorization: ${basic('scott', 'n0w<&>it?is~').Authorization}`)],
    ['a short name', `${base64Of('scott')} n0w&lt;&amp;&gt;it?is~`],
  ])('hides what a server shows in base64: %s', (_, said) => {
    const left = shown(`status 403: ${said} (again)`, basic('scott', 'n0w<&>it?is~'));
    expect(left).toMatch(/^status 403: .*\*\*\*.*\(again\)$/);
    for (const [word = ''] of left.matchAll(/[\w+/-]{2,}/g))
      for (const cut of [0, 1, 2, 3])
        expect(Buffer.from(word.slice(cut), 'base64').toString()).not.toMatch(/scot|n0w|<&>|it\?/);
    expect(left).not.toMatch(/n0w|it\?is/);
  });

  it('hides a token in base64, and a password in HTML', () => {
    const token = { Authorization: 'Bearer abcdefgh.12345678' };
    expect(shown(`bad: ${base64Of('abcdefgh.12345678')}`, token)).toMatch(/^bad: \*\*\*=?$/);
    for (const said of [
      'p&amp;ss&#39;word',
      'p&#38;ss&#39;word',
      'p\\u0026ss\\u0027word',
      'p%26ss%27word',
    ])
      expect(shown(`<b>${said}</b>`, basic('me', "p&ss'word"))).toBe('<b>***</b>');
  });

  it('leaves words alone that a name of one letter has in base64', () => {
    const text = 'E h oIG1l 1l at I';
    for (const name of ['a', 'b', 'me']) expect(shown(text, basic(name, ''))).toBe(text);
  });

  it('hides a token wherever it stands', () => {
    const text = 'no such token: abcdefgh.12345678 (again: abcdefgh.12345678), in short abcdefgh.1';
    const left = shown(text, { Authorization: 'Bearer abcdefgh.12345678' });
    expect(left).toBe('no such token: *** (again: ***), in short ***');
  });

  it.each([
    ['Authorization: Basic c2NvdHQ6c3Vic3RhbmNl&#43;z&#47;aGlkZGVu</pre>'],
    ['"authorization": "Basic c2NvdHQ6c3Vic3RhbmNl+z\\/aGlkZGVu"'],
    ['<b>c2NvdHQ6c3Vic3RhbmNl%2bz%2faGlkZGVu</b>'],
  ])('hides the whole of a credential that is encoded, in %s', (text) => {
    const left = shown(text, { Authorization: 'Basic c2NvdHQ6c3Vic3RhbmNl+z/aGlkZGVu' });
    expect(left).toMatch(/\*\*\*(?:["<]|$)/);
    expect(left).not.toMatch(/c2NvdHQ|aGlkZGVu|%2b|43/);
  });

  it.each([3, 7, 8, 16])('hides the first %i characters of a token that was cut', (length) => {
    const token = 'abcdefgh.12345678';
    const left = shown(`no such token: ${token.slice(0, length)}`, {
      Authorization: `Bearer ${token}`,
    });
    expect(left).toBe('no such token: ***');
  });

  it.each([
    ['that was cut within a letter', 'no: Grüße-Gr\ufffd'],
    ['that was taken for UTF-8', 'no: Gr\ufffd\ufffde-Gr\ufffdn'],
    ['whole', 'no: Grüße-Grün'],
  ])('hides a password with letters beyond ASCII, %s', (_, said) => {
    expect(shown(said, authorization('me', 'Grüße-Grün', ''))).toBe('no: ***');
  });

  it.each([
    ['as it is', 'Tr0ub4dor 3 <horses>'],
    ['in HTML', 'Tr0ub4dor 3 &lt;horses&gt;'],
    ['in small letters', 'tr0ub4dor%203%20%3chorses%3e'],
    ['cut', 'Tr0ub4dor 3 <ho'],
  ])('hides all of a password whose beginning is the same in several forms: %s', (_, said) => {
    expect(shown(`no: ${said}`, basic('scott', 'Tr0ub4dor 3 <horses>'))).toBe('no: ***');
  });

  it('hides a user without a password', () => {
    expect(shown('who is tok-1?', basic('tok-1', ''))).toBe('who is ***?');
  });

  it('hides the credentials of others, and those that were cut', () => {
    const others = 'proxy sent Authorization: Bearer eyJhb, {"authorization":"Basic bWU6eA=="}';
    expect(withoutSecrets(others, [])).toBe(
      'proxy sent Authorization: Bearer ***, {"authorization":"Basic ***"}',
    );
  });

  it('leaves words alone that have a short secret in them', () => {
    expect(shown('the time was up: me', basic('me', 'up'))).toBe('the time was ***: ***');
  });

  it('leaves an answer readable that only speaks of the header', () => {
    const text = "missing 'Authorization' request header";
    expect(shown(text, basic('scott', 'tiger in a cage'))).toBe(text);
  });

  it('leaves everything as it is when nothing secret is sent', () => {
    const text = 'status 401: Basic authorization required';
    expect(shown(text, { AccountID: '7' })).toBe(text);
  });
});

describe('withoutPrinted', () => {
  const inLine = (text: string, headers: Record<string, string>) =>
    withoutPrinted(text, printedIn(headers, []));

  it('hides a password and a token as programs print them', () => {
    const password = 'it"s a täger,\t1';
    const headers = basic('scott', password);
    expect(inLine(`scott ${password}`, headers)).toBe('scott ***');
    expect(inLine(JSON.stringify({ password, b: 1 }), headers)).toBe('{"password":"***","b":1}');
    const inQuery = encodeURIComponent(password);
    for (const inUrl of [inQuery, encodeURIComponent(inQuery), 'it%22s+a+t%c3%a4ger,%091']) {
      expect(inLine(`http://scott:${inUrl}@h`, headers)).toBe('http://scott:***@h');
    }
    const inJson = (shown: string) => JSON.stringify(JSON.stringify({ shown }));
    expect(inLine(inJson(password), headers)).toBe(inJson('***'));
    expect(inLine(headers.Authorization, headers)).toBe('Basic ***');
    const bearer = { Authorization: 'Bearer abcdefghijkl' };
    expect(inLine("Bearer: 'abcdefghijkl', abcdefghijk", bearer)).toBe(
      "Bearer: '***', abcdefghijk",
    );
  });

  it.each(['secret', '123456789012', '1.2345678e+10'])(
    'leaves alone what any line can have: %s',
    (password) => {
      expect(inLine(`a ${password}`, basic('', password))).toBe(`a ${password}`);
    },
  );

  it.each(['"a secret at the end\\', 'begin of a secret"\\"', '\\"a secret of mine'])(
    'leaves JSON whole: %s',
    (password) => {
      const text = JSON.stringify({ a: password, b: `${password}${password}`, [password]: 1 });
      const shown = inLine(text, basic('me', password));
      expect(shown).not.toContain('secret');
      expect(Object.keys(JSON.parse(shown))).toHaveLength(3);
    },
  );

  // In twice as many ways for each sign: minutes.
  it.each(['!#$%&()*+,-./:;<=>?@[]^_{|}~!#$%&()*+', '\\\\\\"\\"\\"\\"\\"\\"\\"\\"\\"\\"'])(
    'is looked for once where the end is another one: %s',
    (password) => {
      const secret = `begin${password}end`;
      const inUrl = `begin${Buffer.from(password).toString('hex').replace(/../g, '%$&')}`;
      for (const text of [`${inUrl}e`, `begin${password}e`, `begin${'\\'.repeat(100_000)}`]) {
        expect(inLine(text, basic('me', secret))).toBe(text);
        expect(shown(`${text}!`, basic('me', secret))).not.toContain(password);
      }
      expect(inLine(`${inUrl}end`, basic('me', secret))).toBe('***');
      expect(inLine(JSON.stringify([secret]), basic('me', secret))).toBe('["***"]');
    },
  );

  it('remembers the first and the last of many', () => {
    let printed: readonly Printed[] = [];
    const token = (number: number) => `token-of-hour-${number}`;
    for (let hour = 100; hour < 300; hour++) {
      for (let time = 0; time < 3; time++)
        printed = printedIn({ Authorization: `Bearer ${token(hour)}` }, printed);
    }
    expect(
      withoutPrinted(`${token(299)} ${token(298)} ${token(100)}, ${token(200)}`, printed),
    ).toBe(`*** *** ***, ${token(200)}`);
    expect(printed).toHaveLength(64);
  });
});
