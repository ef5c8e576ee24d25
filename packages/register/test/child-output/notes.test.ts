import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { folderOf } from '../../src/child-output/marker.ts';
import { NoteFolder, NoteWriter } from '../../src/child-output/notes.ts';

/** No process has this number: it is above the highest that Linux gives. */
const NO_PROCESS = 2 ** 22 + 1;

let directory: string;
let path: string;
let reader: NoteFolder;
let writer: NoteWriter;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'notes-'));
  path = folderOf(process.pid, directory);
  reader = new NoteFolder(path, '');
  writer = new NoteWriter(path, 'child', '');
});

afterEach(() => {
  writer.close();
  reader.remove();
  rmSync(directory, { recursive: true });
});

const SECRET = 'direct-logging-secret';
const notesIn = (folder: string) => readdirSync(folder).filter((name) => name !== SECRET);

/** Reads all that is new. */
function read(kind: 'child' | 'thread' = 'child'): number[] {
  const keys: number[] = [];
  while (reader.readNext(kind, (key) => void keys.push(key)));
  return keys;
}

it('lets a parent read what its children have noted, once', () => {
  const other = new NoteWriter(path, 'child', '');
  writer.note([1, 2]);
  other.note([3]);
  expect(read().sort()).toEqual([1, 2, 3]);
  writer.note([4]);
  expect(read()).toEqual([4]);
  other.close();
});

it('gives each parent a secret of its own, and children no way without it', () => {
  const other = new NoteFolder(folderOf(process.pid, directory), '');
  expect(other.secret).not.toEqual(reader.secret);
  expect(new NoteFolder(path, '').secret).toEqual(reader.secret);
  other.remove();
  writer.noteLines('one\ntwo');
  expect(read()).toHaveLength(2);
  rmSync(join(path, SECRET));
  const child = new NoteWriter(path, 'child', '');
  child.noteLines('three');
  child.close();
  expect(read()).toEqual([]);
});

it('takes no shorter or longer secret, and no link to one', () => {
  const secret = join(path, SECRET);
  const bytes = readFileSync(secret);
  for (const wrong of ['', 'short', 'much too long for one']) {
    writeFileSync(secret, wrong);
    expect(new NoteFolder(path, '').secret).toBeUndefined();
  }
  rmSync(secret);
  writeFileSync(join(directory, 'elsewhere'), bytes);
  symlinkSync(join(directory, 'elsewhere'), secret);
  expect(new NoteFolder(path, '').secret).toBeUndefined();
});

it('keeps what threads have noted apart', () => {
  const thread = new NoteWriter(path, 'thread', '');
  thread.note([1]);
  writer.note([2]);
  expect([read('thread'), read('child')]).toEqual([[1], [2]]);
  thread.close();
});

it('removes the file of a writer that has ended', () => {
  writer.note([1]);
  writer.end();
  expect(read()).toEqual([1]);
  expect(notesIn(path)).toEqual([]);
});

it('shows the folder and its files to nobody else', () => {
  writer.note([1]);
  const names = readdirSync(path);
  expect(statSync(path).mode & 0o777).toBe(0o700);
  expect(names.map((name) => statSync(join(path, name)).mode & 0o777)).toEqual([0o600, 0o600]);
});

it('reads any number of notes, and leaves no full file behind', () => {
  const keys = Array.from({ length: 50_000 }, (_, at) => at);
  for (let at = 0; at < keys.length; at += 1_000) writer.note(keys.slice(at, at + 1_000));
  expect(read().sort((a, b) => a - b)).toEqual(keys);
  expect(notesIn(path)).toHaveLength(1);
});

it('stops growing when nobody reads it', () => {
  const keys = Array.from({ length: 8_192 }, (_, at) => at);
  for (let times = 0; times < 100; times += 1) writer.note(keys);
  expect(notesIn(path)).toHaveLength(64);
});

it('goes with the parent; what a killed one has left goes when another parent begins', () => {
  writer.note([1]);
  const left = folderOf(NO_PROCESS, directory);
  mkdirSync(left);
  writeFileSync(join(left, 'direct-logging-child-1-a'), '');
  new NoteFolder(folderOf(process.pid, directory), '').remove();
  expect(existsSync(left)).toBe(false);
  reader.remove();
  expect(readdirSync(directory)).toEqual([]);
});

/** As if the process had numbers of another container. */
function moveElsewhere(folder: string): void {
  const bytes = readFileSync(join(folder, SECRET));
  bytes.writeDoubleLE(bytes.readDoubleLE(8) + 1, 8);
  writeFileSync(join(folder, SECRET), bytes);
}

it('leaves the folder of a process of another container, whose number is nothing here', () => {
  const left = folderOf(NO_PROCESS, directory);
  new NoteFolder(left, '');
  moveElsewhere(left);
  new NoteFolder(folderOf(process.pid, directory), '').remove();
  expect(existsSync(left)).toBe(true);
});

it('leaves the file of a child in another container while the parent runs', () => {
  moveElsewhere(path);
  writer.note([1]);
  expect(notesIn(path)[0]).toMatch(/^direct-logging-child-0-/);
  expect([read(), read()]).toEqual([[1], []]);
  writer.note([2]);
  expect(read()).toEqual([2]);
  reader.remove();
  expect(existsSync(path)).toBe(false);
});

it('removes nothing that is not its own, whatever stands in place of its folder', () => {
  const left = folderOf(NO_PROCESS, directory);
  for (const folder of [path, left]) {
    mkdirSync(join(folder, 'direct-logging-child-1-a'), { recursive: true });
    writeFileSync(join(folder, 'direct-logging-child-1-a', 'precious'), '');
    writeFileSync(join(folder, 'precious'), '');
  }
  reader.remove();
  new NoteFolder(folderOf(process.pid, directory), '').remove();
  for (const folder of [path, left]) {
    expect(readdirSync(folder)).toEqual(['direct-logging-child-1-a', 'precious']);
    expect(readdirSync(join(folder, 'direct-logging-child-1-a'))).toEqual(['precious']);
  }
});

it('looks at nothing behind a link that somebody has put there', () => {
  const target = join(directory, 'target');
  new NoteFolder(target, '');
  symlinkSync(target, folderOf(NO_PROCESS, directory));
  const secret = join(target, SECRET);
  utimesSync(secret, 1, Date.now() / 1000);
  new NoteFolder(path, '');
  expect(statSync(secret).atimeMs).toBe(1_000);
});

it('notes nothing in a folder behind a link, or that others can write to', () => {
  const target = join(directory, 'target');
  mkdirSync(target);
  const link = folderOf(process.pid, directory);
  symlinkSync(target, link);
  const shared = folderOf(process.pid, directory);
  mkdirSync(shared);
  chmodSync(shared, 0o777);
  for (const folder of [link, shared]) {
    const child = new NoteWriter(folder, 'child', '');
    child.note([1]);
    child.close();
    expect(readdirSync(folder)).toEqual([]);
  }
});

it('looks into a bounded number of folders that others have left', () => {
  const left = () => readdirSync(directory).filter((name) => name.includes(`-${NO_PROCESS}-`));
  for (let at = 0; at < 100; at++) mkdirSync(folderOf(NO_PROCESS, directory));
  new NoteFolder(path, '');
  const afterOne = left().length;
  expect(afterOne).toBeGreaterThan(30);
  expect(afterOne).toBeLessThan(100);
  new NoteFolder(path, '');
  expect(left()).toEqual([]);
});

it('removes the file of a child that has ended', () => {
  execFileSync(process.execPath, [
    '-e',
    `fs.writeFileSync(\`${path}/direct-logging-child-\${process.pid}-a\`, '')`,
  ]);
  writer.note([1]);
  expect(notesIn(path)).toHaveLength(2);
  expect(read()).toEqual([1]);
  expect(notesIn(path)).toHaveLength(1);
});

it('notes nothing where there is no folder, and reads nothing where none can be', () => {
  const child = new NoteWriter(join(path, 'missing'), 'child', '');
  child.note([1]);
  child.close();
  const file = join(directory, 'file');
  writeFileSync(file, '');
  const parent = new NoteFolder(join(file, 'folder'), '');
  expect(parent.readNext('child', () => {})).toBe(false);
  parent.remove();
});

/** Whatever a hostile child may put there. */
const HOSTILE: Readonly<Record<string, (place: string) => void>> = {
  'a link to a file': (place) => {
    writeFileSync(join(directory, 'precious'), new Float64Array(1));
    symlinkSync(join(directory, 'precious'), place);
  },
  'a file with another name': (place) => {
    writeFileSync(join(directory, 'precious'), new Float64Array(1));
    linkSync(join(directory, 'precious'), place);
  },
  'a link to a device without an end': (place) => symlinkSync('/dev/zero', place),
  'a pipe that nobody writes to': (place) => void execFileSync('sh', ['-c', 'mkfifo "$0"', place]),
  'a folder': (place) => mkdirSync(place),
  rubbish: (place) => writeFileSync(place, 'abc'),
};

it.each(Object.entries(HOSTILE))('reads nothing from %s', (_, put) => {
  put(join(path, `direct-logging-child-${process.pid}-a`));
  expect(read()).toEqual([]);
  const precious = join(directory, 'precious');
  if (existsSync(precious)) expect(statSync(precious).size).toBe(8);
});

it('reads a bounded amount of a file without an end', () => {
  const file = join(path, `direct-logging-child-${process.pid}-a`);
  writeFileSync(file, '');
  truncateSync(file, 2 ** 40);
  expect(read()).toHaveLength(8_192);
});

it('removes nothing of a folder that somebody has put in place of its own', () => {
  const precious = join(directory, 'precious');
  mkdirSync(precious);
  writeFileSync(join(precious, SECRET), '');
  renameSync(path, join(directory, 'moved'));
  symlinkSync(precious, path);
  reader.remove();
  expect(readdirSync(precious)).toEqual([SECRET]);
});

it('gives its files names that nobody else gives', () => {
  writer.note([1]);
  for (const name of readdirSync(path)) expect(name).toMatch(/^direct-logging-/);
});

it('mean nothing to those who ship to another server or tenant', () => {
  const elsewhere = new NoteFolder(path, 'http://another');
  expect(elsewhere.secret).toBeDefined();
  expect(elsewhere.secret).not.toEqual(reader.secret);
});
