import { describe, expect, it } from 'vitest';
import { WithoutReports } from '../../src/child-output/without-reports.ts';

/** As a test file sends it: https://github.com/nodejs/node/blob/main/lib/internal/test_runner/reporter/v8-serializer.js */
function report(content: string): Buffer {
  const bytes = Buffer.from(`\xff\x0f0000\xff\x0f${content}`, 'latin1');
  bytes.writeUInt32BE(bytes.length - 6, 2);
  return bytes;
}

const OUTPUT = Buffer.concat([
  ...[report('start'), Buffer.from('one\ntwo'), report('with\nline ends\n and \xff\x0f')],
  ...[report(''), Buffer.from('\nlast €')],
]);

describe('cuts reports out of what is printed', () => {
  it.each([1, 2, 3, 7, 8, 9, 20, OUTPUT.length])('in pieces of %i bytes', (size) => {
    const reports = new WithoutReports();
    const printed: Uint8Array[] = [];
    for (let at = 0; at < OUTPUT.length; at += size)
      printed.push(reports.add(OUTPUT.subarray(at, at + size)));
    expect(Buffer.concat([...printed, reports.end()]).toString()).toBe('one\ntwo\nlast €');
  });

  it('but nothing else that has their first bytes', () => {
    const others = [0xff, 0x0f, 0xff, 0xff, 0x0f, 0, 0, 0, 9, 1, 2, 0xff, 0x0f, 0, 0, 0, 0xff];
    const reports = new WithoutReports();
    const printed = [reports.add(Buffer.from(others)), reports.end()];
    expect([...Buffer.concat(printed)]).toEqual(others);
  });

  it('and holds back no line in which a report cannot begin', () => {
    const line = Buffer.from('\xff line \xff\n', 'latin1');
    expect(new WithoutReports().add(line)).toEqual(line);
  });

  it('returns text as it came', () => {
    const text = Buffer.from('a line\n');
    expect(new WithoutReports().add(text)).toBe(text);
  });
});
