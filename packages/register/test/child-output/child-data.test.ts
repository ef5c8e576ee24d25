import { ChildProcess } from 'node:child_process';
import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { type OutputReader, watchData, watchSent } from '../../src/child-output/child-data.ts';

/** Collects the output of one child. */
function collector(): OutputReader & { text: string; isEnded: boolean } {
  return {
    text: '',
    isEnded: false,
    add(data) {
      this.text += data;
    },
    end() {
      this.isEnded = true;
    },
  };
}

it('sees what is read, and its end', async () => {
  const reader = collector();
  const stream = Readable.from([Buffer.from('a\nb'), Buffer.from('c\n\nd')]);
  watchData(stream, reader);
  stream.on('data', () => {});
  await new Promise((resolve) => stream.on('end', resolve));
  expect(reader).toMatchObject({ text: 'a\nbc\n\nd', isEnded: true });
});

it('sees nothing of what is thrown away', async () => {
  const reader = collector();
  const stream = Readable.from([Buffer.from('a\n')]);
  watchData(stream, reader);
  stream.resume();
  await new Promise((resolve) => stream.on('end', resolve));
  expect(reader.text).toBe('');
});

it('sees what a program of pm2 sends, each stream for itself, and nothing else that it sends', () => {
  const readers = [collector(), collector()];
  const child = new ChildProcess();
  let opened = 0;
  watchSent(child, () => readers[opened++] as OutputReader);
  for (const message of [
    { type: 'log:out', data: 'a\nb' },
    { type: 'log:err', data: 'x\n' },
    { type: 'process:msg', data: 'y\n' },
    'text',
    null,
    { type: 'log:out', data: 'c' },
  ]) {
    child.emit('message', message);
  }
  child.emit('close');
  expect(readers).toMatchObject([
    { text: 'a\nbc', isEnded: true },
    { text: 'x\n', isEnded: true },
  ]);
});
