import { describe, expect, it } from 'vitest';
import {
  type Descriptor,
  folderOf,
  markerOf,
  ownerOf,
  type PerStream,
  readersOf,
} from '../../src/child-output/marker.ts';

const terminal = { identity: '25:3', isRead: false };
const file = { identity: '8:77', isRead: false };
const pipe = (inode: number): Descriptor => ({ identity: `13:${inode}`, isRead: true });
const both = (one: Descriptor): PerStream<Descriptor> => ({ stdout: one, stderr: one });
const nobody = { stdout: undefined, stderr: undefined };
const [top, parent] = [folderOf(17, '/tmp/a folder'), folderOf(18, '/tmp')];
const ofTop = markerOf(top, both(terminal), nobody);

describe('readersOf', () => {
  it.each([
    ['a program started from a shell', undefined, both(pipe(1)), nobody],
    ['a marker that nobody can read', 'nonsense', both(pipe(1)), nobody],
    ['a child that prints where its parent prints', ofTop, both(terminal), nobody],
    ['a child that prints into a file', ofTop, both(file), nobody],
    ['a child that its parent reads', ofTop, both(pipe(1)), { stdout: top, stderr: top }],
    [
      'a child of whose streams its parent reads one',
      ofTop,
      { stdout: pipe(1), stderr: terminal },
      { stdout: top, stderr: undefined },
    ],
    [
      'a child whose parent’s output goes into a pipe to a stranger',
      markerOf(top, both(pipe(1)), nobody),
      both(pipe(1)),
      nobody,
    ],
    [
      'a grandchild that prints into the pipe that the grandparent reads',
      markerOf(parent, { stdout: pipe(1), stderr: terminal }, { ...nobody, stdout: top }),
      { stdout: pipe(1), stderr: pipe(1) },
      { stdout: top, stderr: top },
    ],
    [
      'a grandchild whose errors the parent reads',
      markerOf(parent, both(pipe(1)), { stdout: top, stderr: top }),
      { stdout: pipe(1), stderr: pipe(2) },
      { stdout: top, stderr: parent },
    ],
  ])('%s', (_, marker, stdio, readers) => {
    expect(readersOf(marker, stdio)).toEqual(readers);
  });
});

it.each([
  '../x',
  '/tmp/x',
  '/tmp/../etc/direct-logging-17-abcdefghijkl',
  'direct-logging-17-abcdefghijkl',
  '/tmp/direct-logging-17-abcdefghijkl/..',
  '/tmp/direct-logging-17-abc/../../x',
  '%',
])('writes nothing into %j, whatever the environment says', (folder) => {
  expect(ownerOf(folder)).toBeUndefined();
  expect(readersOf(`${folder} 1:1 - 1:1 -`, both(pipe(1)))).toEqual(nobody);
});

it('tells whose folder it is', () => {
  expect([top, parent].map(ownerOf)).toEqual([17, 18]);
});
