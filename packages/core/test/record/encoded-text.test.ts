import { describe, expect, it } from 'vitest';
import { decode } from '../../src/record/encoded-text.ts';

describe('decode', () => {
  it.each([
    ['a%3db%3D', 'a=b='],
    ['%253D', '%3D'],
    ['a\\u003db\\x3dc', 'a=b=c'],
    ['{\\"a\\":\\"\\\\n\\"}', '{"a":"\\n"}'],
    ['a\\nb\\tc\\r\\vd', 'a\nb\tc\r d'],
    ['&quot;a&#34;&#x22;&apos;&#61;', '"a""\'='],
    ['contrase%C3%B1a=%E5%AF%86%f0%9f%98%80', 'contraseña=密😀'],
    ['%C3%C3%B1%A0%FF%80a%C2%A0b', '\ufffdñ\ufffd\ufffd\ufffda\ufffdb'],
    ['100% of \\', undefined],
    ['&quot &#x2 %3 \\\n', undefined],
  ])('takes one level off %j', (text, decoded) => {
    expect(decode(text)?.text).toBe(decoded);
  });

  it('knows where each sign was', () => {
    const text = 'a%3db\\"c&quot;d\\u0065f';
    const { text: decoded = '', place = () => -1 } = decode(text) ?? {};
    expect(decoded).toBe('a=b"c"def');
    const places = Array.from({ length: decoded.length + 1 }, (_, at) => place(at));
    expect(places).toEqual([0, 1, 4, 5, 7, 8, 14, 15, 21, 22]);
  });
});
