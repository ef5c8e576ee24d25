import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { LedgerWriter } from '../src/ledger.ts';
import { newLedgerName } from '../src/ledger-names.ts';
import { OwnLedger } from '../src/own-ledger.ts';

/** No process has this number: it is above the highest that Linux gives. */
const NO_PROCESS = 2 ** 22 + 1;

let name: string;
let reader: OwnLedger;
let writer: LedgerWriter;

beforeEach(() => {
  // The clock decides when the reader looks for the file.
  vi.useFakeTimers({ now: 1_000_000, toFake: ['Date'] });
  name = newLedgerName(process.pid);
  reader = new OwnLedger(name);
  writer = new LedgerWriter(name);
});

afterEach(() => {
  writer.close();
  reader.close();
  vi.useRealTimers();
});

function file(of = name): string {
  return join(tmpdir(), `direct-logging-${process.getuid?.() ?? 'ledgers'}`, of);
}

it('lets a parent claim what a child has noted, each line once', () => {
  writer.note('a line');
  writer.note('two\nlines');
  expect(reader.claim('lines')).toBe(true);
  expect(reader.claim('a line\ntwo\n')).toBe(true);
  expect(reader.claim('a line')).toBe(false);
  writer.note('a line');
  expect(reader.claim('a line')).toBe(true);
});

it('takes the notes of several children', () => {
  const other = new LedgerWriter(name);
  writer.note('one');
  other.note('other');
  expect([reader.claim('other'), reader.claim('one')]).toEqual([true, true]);
  other.close();
});

it('claims an empty line as a line, and does not miss one within a message', () => {
  writer.note('');
  expect([reader.claim(''), reader.claim('')]).toEqual([true, false]);
  writer.note('text');
  expect(reader.claim('\ntext\n\n')).toBe(true);
});

it('shows no line, and the file to nobody else', () => {
  writer.note('a secret');
  expect(readFileSync(file()).length).toBe(12);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
});

it('is emptied when it has been read', () => {
  for (let line = 0; line < 8_192; line += 1) writer.note(`line ${line}`);
  expect(reader.claim('line 8191')).toBe(true);
  expect(statSync(file()).size).toBe(0);
  writer.note('another');
  expect(reader.claim('another')).toBe(true);
  expect(reader.claim('line 17')).toBe(true);
});

it('stops growing when nobody reads it', () => {
  const text = 'line\n'.repeat(8_191);
  for (let times = 0; times < 30; times += 1) writer.note(text);
  expect(statSync(file()).size).toBe(10 * 8_192 * 12);
});

it('claims nothing that was noted ten seconds ago, even if it looks for the first time', () => {
  writer.note('old');
  vi.setSystemTime(1_010_000);
  writer.note('new');
  expect([reader.claim('old'), reader.claim('new')]).toEqual([false, true]);
});

it('goes with the parent; what a killed one has left goes when another child starts', () => {
  const left = newLedgerName(NO_PROCESS);
  writeFileSync(file(left), '');
  new LedgerWriter(name).close();
  expect(statSync(file(left), { throwIfNoEntry: false })).toBeUndefined();
  expect(statSync(file()).size).toBe(0);
  reader.remove();
  expect(statSync(file(), { throwIfNoEntry: false })).toBeUndefined();
});

it('claims nothing where the file cannot be made or read', () => {
  const elsewhere = `${name}/in-no-folder`;
  const child = new LedgerWriter(elsewhere);
  child.note('a line');
  child.close();
  const parent = new OwnLedger(elsewhere);
  expect(parent.claim('a line')).toBe(false);
  parent.close();
});

it('outlives rubbish in the file', () => {
  writeFileSync(file(), 'abc');
  expect(reader.claim('a line')).toBe(false);
});
