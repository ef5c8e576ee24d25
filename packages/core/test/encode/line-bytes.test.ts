import { expect, test } from 'vitest';
import { LineBytes } from '../../src/encode/line-bytes.ts';

const added = (add: (line: LineBytes) => void): string => {
  const line = new LineBytes();
  line.begin({ microsecond: '2026-11-25T01:02:03.045006', nanoseconds: 7 });
  add(line);
  const text = line.toString();
  const start = '{"_time":"2026-11-25T01:02:03.045006007Z","_msg":';
  expect(text.slice(0, start.length)).toBe(start);
  return text.slice(start.length);
};

test('lines begin with the time and the name of the message', () => {
  const line = new LineBytes();
  for (const microsecond of ['2026-11-25T01:02:03.045006', '2026-11-25T01:02:03.045007']) {
    for (const digits of [0, 7, 42, 999]) {
      line.begin({ microsecond, nanoseconds: digits });
      line.addString('m');
      line.add(',"shipper.seq":');
      line.end(digits);
      const _time = `${microsecond}${String(digits).padStart(3, '0')}Z`;
      expect(JSON.parse(line.toString())).toEqual({ _time, _msg: 'm', 'shipper.seq': digits });
    }
  }
});

test.each(['', 'plain', 'é – 😀', 'a "b" \\ c', '\u0000\n\u001f\u007f', 'a\ud800b', 'a\ud800"b'])(
  'a text becomes a JSON string: %j',
  (text) => {
    const json = JSON.stringify(text.toWellFormed());
    expect(added((line) => line.addString(text))).toBe(json);
  },
);

test.each([1, 9, 10, 99, 100, 12_345, 2 ** 31 - 1, 2 ** 31, 2 ** 53 - 1])(
  'the number at the end of a line: %d',
  (number) => expect(added((line) => line.end(number))).toBe(`${number}}\n`),
);
