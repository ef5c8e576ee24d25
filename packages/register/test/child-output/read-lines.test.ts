import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { folderOf } from '../../src/child-output/marker.ts';
import { NoteWriter } from '../../src/child-output/notes.ts';
import { ReadLines, type ThreadOutput } from '../../src/child-output/read-lines.ts';

let directory: string;
let threads: ThreadOutput;
let lines: ReadLines;
let child: NoteWriter;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'read-lines-'));
  threads = {
    folder: folderOf(process.pid, directory),
    count: new Int32Array(new SharedArrayBuffer(4)),
  };
  lines = new ReadLines(threads, true, '');
  // A child finds the folder when it starts.
  lines.start();
  child = new NoteWriter(threads.folder, 'child', '');
});
afterEach(() => {
  child.close();
  lines.remove();
  rmSync(directory, { recursive: true });
});

/** A child has shipped these lines, and prints them. */
function print(...printed: string[]): void {
  child.noteLines(printed.join('\n'));
  const output = lines.open();
  output.add(`${printed.join('\n')}\n`);
  output.end();
}

const claims = (...texts: string[]) => texts.map((text) => lines.claim(text));

describe('of the lines that children have shipped', () => {
  it('claims each once', () => {
    print('a', 'b', 'b');
    expect(claims('a', 'a', 'b', 'b', 'b')).toEqual([true, false, true, true, false]);
  });

  it('claims a text of which every line was read, and of no other any line', () => {
    print('a', 'b');
    expect(claims('a\nown', 'b\na', 'a\nb')).toEqual([false, false, true]);
  });

  it('expects none any more that was read before a line that was printed', () => {
    print('done', 'ready');
    expect(claims('ready', 'done')).toEqual([true, false]);
  });

  it('takes the one whose child has it next', () => {
    print('a', 'b', 'ready');
    print('ready', 'c');
    expect(claims('ready', 'c', 'a', 'b', 'ready')).toEqual([true, true, true, true, true]);
  });

  it('claims none that was noted and not read, or read and not noted', () => {
    child.noteLines('noted');
    lines.open().add('read\n');
    expect(claims('noted', 'read')).toEqual([false, false]);
  });

  it('claims lines that came in pieces, and one that has no end', () => {
    child.noteLines('a\nlast');
    const output = lines.open();
    for (const piece of ['a', '\nla', 'st']) output.add(Buffer.from(piece));
    output.end();
    expect(claims('a', 'last')).toEqual([true, true]);
  });

  it('claims a line that follows a report to the runner of `node:test`', () => {
    child.noteLines('printed');
    const report = [0xff, 0x0f, 0, 0, 0, 4, 0xff, 0x0f, 0x0a, 0x41];
    lines.open().add(Buffer.from([...report, ...Buffer.from('printed\n')]));
    expect(claims('printed')).toEqual([true]);
  });

  it('gives up a line that does not end, and goes on with the next', () => {
    const piece = 'a'.repeat(2 ** 20);
    const long = `${piece}${piece}end`;
    child.noteLines(`first\n${long}\nlast`);
    const output = lines.open();
    for (const part of ['first\n', piece, piece, 'end\nlast\n']) output.add(part);
    output.end();
    expect(claims('first', long, 'last')).toEqual([true, false, true]);
  });

  it('remembers a limited number, the newest ones', () => {
    const many = Array.from({ length: 70_000 }, (_, at) => `line ${at}`);
    print(...many);
    expect(claims('line 0', 'line 69999')).toEqual([false, true]);
  });

  it('remembers a limited number of children, the newest ones', () => {
    print('first', 'last');
    for (let at = 0; at < 260; at += 1) print(`child ${at}`);
    expect(claims('first', 'child 259')).toEqual([false, true]);
  });

  it('claims what another thread has read and prints through this one', () => {
    const other = new ReadLines(threads, false, '');
    child.noteLines('of a thread\nboth');
    const output = other.open();
    output.add('of a thread\nown\nboth\n');
    expect(claims('of a thread', 'own', 'both')).toEqual([true, false, true]);
    output.end();
  });
});
