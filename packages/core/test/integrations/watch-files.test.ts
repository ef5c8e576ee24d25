import fs from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { type LineInHand, PrintTracker } from '../../src/integrations/print-tracker.ts';
import { watchFiles } from '../../src/integrations/watch-files.ts';
import type { LogInput } from '../../src/record/record.ts';

const { write } = fs.WriteStream.prototype;
let undo: () => void = () => {};
afterEach(() => undo());

const line = (filed: LineInHand['filed']): LineInHand => ({
  is: () => false,
  printed: () => undefined,
  filed,
});

test('what is written to a file while a line is logged is shipped as the line has it', () => {
  const shipped: LogInput[] = [];
  const tracker = new PrintTracker();
  undo = watchFiles(tracker, (input) => shipped.push(input));
  const file = fs.createWriteStream('/dev/null');
  file.write('nobody logs');
  tracker.line = line((_, text) => ({ text }));
  file.write('logged');
  file.write(Buffer.from('bytes'));
  fs.createWriteStream('', { fd: 1, autoClose: false }).write('');
  tracker.line = line(() => {
    throw new Error('ours');
  });
  expect(() => file.write('still written')).not.toThrow();
  expect(shipped).toEqual([{ text: 'logged' }]);
});

test('a second one adds nothing, and the first puts back what stood there', () => {
  const tracker = new PrintTracker();
  undo = watchFiles(tracker, () => {});
  const hooked = fs.WriteStream.prototype.write;
  watchFiles(tracker, () => {})();
  expect(fs.WriteStream.prototype.write).toBe(hooked);
  undo();
  expect(fs.WriteStream.prototype.write).toBe(write);
});
