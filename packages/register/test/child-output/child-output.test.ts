import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { LogInput, Transport } from '@direct-logging/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fakeTransport } from '../../../core/test/fake-transport.ts';
import { ChildOutput } from '../../src/child-output/child-output.ts';
import { NoteWriter } from '../../src/child-output/notes.ts';
import type { ThreadOutput } from '../../src/child-output/read-lines.ts';

interface Thread {
  readonly output: ChildOutput;
  /** Whether a printed text is shipped. */
  ships(text: string): boolean;
}

let env: NodeJS.ProcessEnv;
let main: Thread;

beforeEach(() => {
  env = {};
  main = thread();
});
afterEach(() => main.output.close(env));

function thread(owner?: ThreadOutput): Thread {
  let filter: ((input: LogInput) => boolean) | undefined;
  const transport: Transport = Object.assign(fakeTransport(), {
    setFilter(given: typeof filter) {
      filter = given;
    },
  });
  const output = new ChildOutput(transport, env, owner);
  return { output, ships: (text) => filter?.({ text, stream: 'stdout' }) ?? true };
}

/** A child that notes what it prints, or other lines; the parent reads what it prints. */
async function runChild(printed: readonly string[], noted = printed): Promise<void> {
  const child = spawn('printf', ['%s\n', ...printed]);
  child.stdout.on('data', () => {});
  note(noted);
  await once(child, 'close');
}

function note(lines: readonly string[]): void {
  const writer = new NoteWriter(main.output.threads.folder, 'child', '');
  for (const line of lines) writer.noteLines(line);
  writer.close();
}

const shipped = (...texts: string[]): boolean[] => texts.map((text) => main.ships(text));

it('leaves out what a child has shipped, each line once', async () => {
  await runChild(['a', 'b', 'b']);
  expect(shipped('a', 'a', 'b', 'b', 'b')).toEqual([false, true, false, false, true]);
});

it('leaves out a text of which each line was read, and no other', async () => {
  await runChild(['a', 'b', 'c']);
  expect(shipped('a\nown', '\na\nb\n', 'c')).toEqual([true, false, false]);
});

it('ships what was noted and not read, and what was read and not noted', async () => {
  await runChild(['read'], ['noted']);
  expect(shipped('read', 'noted')).toEqual([true, true]);
});

it('leaves out what it was given by a child that it has waited for', () => {
  // The folder is there when the child starts.
  spawnSync('true');
  note(['waited for']);
  spawnSync('echo', ['waited for']);
  expect(shipped('waited for', 'waited for')).toEqual([false, true]);
});

it('leaves out what another thread has read and prints through this one', async () => {
  main.output.expect();
  const other = thread(main.output.threads);
  await runChild(['of a child']);
  expect([other.ships('of a child'), main.ships('of a child')]).toEqual([true, false]);
  other.output.close(env);
});

it('makes the folder when a child starts, and removes it', () => {
  const { folder } = main.output.threads;
  expect(existsSync(folder)).toBe(false);
  spawnSync('true');
  expect(existsSync(folder)).toBe(true);
  main.output.removeFolder();
  expect(existsSync(folder)).toBe(false);
});
