/** Programs that stand in an unusual place, or change what all objects have, run to their end and are captured. */
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { forTests } from '../environment/for-tests.ts';
import { type NodeMajor, testedMajors } from '../environment/nodes.ts';
import { outcomeOf } from '../environment/run-program.ts';
import { startPrograms } from './programs.ts';

const programs = forTests(startPrograms);

/** What they do differs: 22 as 20. */
const MAJORS: readonly NodeMajor[] = [...new Set([...testedMajors(), 22 as const])];
const LINES = ['first', 'last'];

it.each(MAJORS)('a main module that is a symbolic link, Node %i', async (major) => {
  const { folder } = programs.project;
  const name = `tool-${major}`;
  await mkdir(join(folder, name));
  await writeFile(join(folder, name, 'main.cjs'), "console.log(require('./beside.cjs'));\n");
  await writeFile(join(folder, name, 'beside.cjs'), "module.exports = 'beside the real file';\n");
  // As npm does in node_modules/.bin.
  await symlink(`${name}/main.cjs`, join(folder, `link-${major}`));
  const run = { args: [`link-${major}`], output: 'pipes', flag: '--require', major } as const;
  const { shipped, rows } = await programs.ship(run);
  expect(shipped).toMatchObject({ code: 0, stdout: 'beside the real file\n', stderr: '' });
  expect(rows.map(({ _msg }) => _msg)).toEqual(['beside the real file']);
});

it.each(MAJORS)('a setter of `errno` that throws, Node %i', async (major) => {
  const { bare, shipped, rows } = await programs.compare({
    args: ['errno.mjs'],
    major,
    expected: LINES.length,
  });
  expect(outcomeOf(shipped)).toEqual(outcomeOf(bare));
  expect(rows.map(({ _msg }) => _msg)).toEqual(LINES);
});

it.each(MAJORS)('a program that prints while we connect, Node %i', async (major) => {
  const run = { args: ['watches-sockets.mjs'], output: 'pipes', flag: '--require', major } as const;
  const { shipped, rows } = await programs.ship(run);
  const printed = shipped.stdout.trimEnd().split('\n');
  expect(printed).toContain('a handle');
  expect(rows.map(({ _msg }) => _msg).sort()).toEqual(printed.sort());
});

it.each(['--import', '--require'] as const)(
  'a closed stdout, whose number no connection of ours may take, and a file later can, %s',
  async (flag) => {
    const { shipped, rows } = await programs.ship({ args: ['closes-stdout.mjs'], flag });
    expect(shipped).toMatchObject({ code: 0, stdout: '', stderr: 'closed\nopened as 1\n' });
    expect(rows.map(({ _msg }) => _msg)).toContain('closed');
  },
);

it('a Node that was told to do without shared memory', async () => {
  const args = ['--no-harmony-sharedarraybuffer', '--eval', 'console.log("first\\nlast")'];
  const { bare, shipped, rows } = await programs.compare({ args, major: 20, expected: 1 });
  expect(outcomeOf(shipped)).toEqual(outcomeOf(bare));
  expect(rows.map(({ _msg }) => _msg)).toEqual(['first\nlast']);
});
