/** Whatever an application puts between a logger and its destination: what is printed is what is shipped. */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { forTests } from '../environment/for-tests.ts';
import { findNodes, testedMajors } from '../environment/nodes.ts';
import { startLoggers } from './loggers.ts';

const loggers = forTests(startLoggers);

const PRINTING = ['default', 'sync', 'buffered', 'stderr', 'stdout', 'console'];
const FILES = ['file', 'file stream'];

const chain = (destinations: readonly string[]) =>
  fc.record({
    logger: fc.constantFrom('pino', 'winston'),
    json: fc.boolean(),
    destination: fc.constantFrom(...destinations),
    chain: fc.array(
      fc.record({
        way: fc.constantFrom('object', 'patch', 'stream', 'multistream'),
        step: fc.constantFrom('redact', 'drop', 'delay', 'immediate', 'batch', 'twice'),
      }),
      { maxLength: 3 },
    ),
  });
const chains = (destinations: readonly string[]) =>
  fc.array(chain(destinations), { minLength: 20, maxLength: 20, size: 'max' });

const nodes = await findNodes(testedMajors());

it.each(nodes)(
  'on Node $major the records are the printed lines, as often as they were printed',
  async ({ node }) => {
    const property = fc.asyncProperty(chains([...PRINTING, ...FILES]), async (list) => {
      const env = { VICTORIALOGS_LOGGERS: 'printed' };
      const { run, rows } = await runChains(list, env, node);
      const expected = [...linesIn('stdout', run.stdout), ...linesIn('stderr', run.stderr)];
      expect(
        rows.flatMap((row) => linesIn(String(row.stream), JSON.stringify(row))).sort(),
      ).toEqual(expected.sort());
    });
    await fc.assert(property, { numRuns: 6 });
  },
);

it.each(nodes)(
  'on Node $major a card number that no destination was given is in no record',
  async ({ node }) => {
    const property = fc.asyncProperty(chains([...PRINTING, ...FILES]), async (list) => {
      const { run, rows, filed } = await runChains(list, {}, node);
      const given = new Set(linesIn('', run.stdout + run.stderr + filed));
      const shipped = rows.flatMap((row) => linesIn('', JSON.stringify(row)));
      expect(shipped.filter((line) => !given.has(line))).toEqual([]);
      const printed = linesIn('', run.stdout + run.stderr);
      expect(shipped.length).toBeGreaterThanOrEqual(printed.length);
    });
    await fc.assert(property, { numRuns: 4 });
  },
);

async function runChains(list: unknown, env: Record<string, string>, node?: string) {
  const { run, rows: some } = await loggers.run({
    ...{ args: ['chains.cjs', JSON.stringify(list)], preload: true, env, node },
    expected: 1,
  });
  expect(run).toMatchObject({ code: 0 });
  const files = await readdir(loggers.folder);
  const texts = await Promise.all(
    files.map((name) => readFile(join(loggers.folder, name), 'utf8')),
  );
  await Promise.all(files.map((name) => rm(join(loggers.folder, name))));
  return { run, rows: some, filed: texts.join('') };
}

/** Which line of which chain, with the card as it stands there, once for each time. */
function linesIn(stream: string, text: string): string[] {
  const found = text.matchAll(/"(?:msg|_msg|message)":"[^"]*?(s=\d+ n=\d+ card=[^.]+)\./g);
  const texts = text.matchAll(/^info: (s=\d+ n=\d+ card=[^.]+)\./gm);
  return [...found, ...texts].map(([, line]) => `${stream} ${line}`);
}
