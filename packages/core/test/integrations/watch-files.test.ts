import fs from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { type LineInHand, PrintTracker } from '../../src/integrations/print-tracker.ts';
import { watchFiles } from '../../src/integrations/watch-files.ts';
import { fakeTransport } from '../fake-transport.ts';

const { write } = fs.WriteStream.prototype;
let undo: () => void = () => {};
afterEach(() => undo());

function hostWith(printing: PrintTracker, loggers: 'all' | 'printed' = 'all') {
  return { printing, transport: Object.assign(fakeTransport(), { loggers }) };
}

const line = (filed: LineInHand['filed']): LineInHand => ({
  is: () => false,
  printed: () => undefined,
  filed,
});

test('what is written to a file while a line is logged is shipped as the line has it', () => {
  const tracker = new PrintTracker();
  const host = hostWith(tracker);
  undo = watchFiles(host);
  const file = fs.createWriteStream('/dev/null');
  file.write('nobody logs');
  tracker.line = line((_, text, ship) => ship({ text }));
  file.write('logged');
  file.write(Buffer.from('bytes'));
  fs.createWriteStream('', { fd: 1, autoClose: false }).write('');
  tracker.line = line(() => {
    throw new Error('ours');
  });
  expect(() => file.write('still written')).not.toThrow();
  expect(host.transport.inputs).toEqual([{ text: 'logged' }]);
});

test('a second one adds nothing, and the first puts back what stood there', () => {
  const tracker = new PrintTracker();
  undo = watchFiles(hostWith(tracker));
  const hooked = fs.WriteStream.prototype.write;
  watchFiles(hostWith(tracker))();
  expect(fs.WriteStream.prototype.write).toBe(hooked);
  undo();
  expect(fs.WriteStream.prototype.write).toBe(write);
});

test('nothing is watched if the setting leaves out what is not printed', () => {
  undo = watchFiles(hostWith(new PrintTracker(), 'printed'));
  expect(fs.WriteStream.prototype.write).toBe(write);
});
