/** Secrets that an application redacts leave it redacted, and each printed line is one record. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { pairsOf } from '../environment/extent.ts';
import { forTests } from '../environment/for-tests.ts';
import { findNodes, testedMajors } from '../environment/nodes.ts';
import type { Row } from '../environment/victorialogs-queries.ts';
import { otherPackages, startLoggers } from './loggers.ts';

const loggers = forTests(startLoggers);

const lines = (stream: string, count: number) =>
  Array.from({ length: count }, (_, at) => `${stream} line ${at}`);

/** Of each case of `redacted.cjs` the records: where they were printed, and the message. */
const CASES: Readonly<Record<string, readonly string[]>> = {
  'pino, a destination that redacts and drops': ['stdout card=****'],
  'pino, a patched destination': ['stdout card=****'],
  'winston, formats that redact': ['stdout printed card=****', 'stdout info: card=****'],
  'winston, a redacted file': ['stdout card=****'],
  'winston, classes that redact': ['stdout card=****', 'stdout card=****'],
  'winston, transports that print later': [...lines('stdout', 5), ...lines('stdout', 5)],
  'winston, a Console that prints later or never, beside a file': [
    ...lines('stdout', 5),
    ...lines('stdout', 5),
    ...lines('stdout', 5),
  ],
  'winston, a Console behind a stdout that redacts, beside a file': [
    'stdout info: card=****',
    'stdout info: card=****',
  ],
  'pino, a destination that prints later': lines('stdout', 5),
  'pino, two buffers with equal lines': Array.from({ length: 450 }, () => 'stdout same'),
  'pino, a thread that prints and files': lines('stdout', 5),
  'equal lines': Array.from({ length: 7 }, () => 'stdout same'),
  'a line that is printed again': Array.from({ length: 3 }, () => 'stdout of a child'),
  'a buffer that others write to': [
    'stdout first',
    'stdout past pino',
    'stdout second',
    'stdout third',
  ],
  'a patched descriptor': ['stdout card=****'],
  'a multistream with dedupe': ['stderr to stderr', 'stdout to stdout'],
  'a pipeline that redacts': ['stdout card=****'],
  'console, an error whose output is redacted': [
    'stderr card=****',
    'stderr card=****',
    'stderr [card=****]',
    'stderr Error: card=****',
  ],
};

/** The fields whose values are random or a time, and may have any digits. */
const CHANCE = new Set(['_stream', '_stream_id', '_time', 'job', 'shipper.id']);
const withoutChance = (name: string, value: unknown) => (CHANCE.has(name) ? undefined : value);

const nodes = await findNodes(testedMajors());

it.concurrent.each(pairsOf(Object.keys(CASES), nodes).map(([name, one]) => ({ name, ...one })))(
  'Node $major: $name',
  async ({ name, node }) => {
    const expected = CASES[name] ?? [];
    const args = ['redacted.cjs', name];
    const { run, rows } = await loggers.run({
      args,
      preload: true,
      expected: expected.length,
      node,
    });
    expect([run.code, run.stderr]).toEqual([0, expect.any(String)]);
    expect(rows.map(brief).sort()).toEqual([...expected].sort());
    expect(JSON.stringify(rows, withoutChance)).not.toMatch(/\b4111|hunter2/);
  },
);

it.each(nodes)(
  'Node $major: lines into which dd-trace writes its ids are shipped once, with them',
  async ({ node }) => {
    const path = join(await otherPackages(), 'dd-trace');
    const args = ['pino-traced.cjs', path, '1000'];
    const { run, rows } = await loggers.run({ args, preload: true, expected: 1000, node });
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(rows.map(({ at }) => Number(at)).sort((a, b) => a - b)).toEqual([...Array(1000).keys()]);
    expect(new Set(rows.map((row) => Boolean(row['dd.trace_id'])))).toEqual(new Set([true]));
  },
);

it.each(nodes)('Node $major: a line that was held back keeps its level', async ({ node }) => {
  const args = ['redacted.cjs', 'pino, a patched destination that delays'];
  const { rows } = await loggers.run({ args, preload: true, expected: 3, node });
  expect(rows.map(({ _msg }) => _msg)).toEqual(['WARN', 'ERROR', 'INFO']);
  expect(rows.map(({ level }) => level)).toEqual(['WARN', 'ERROR', 'INFO']);
});

function brief({ stream, _msg }: Row): string {
  return `${stream} ${_msg?.replace(/\n {4}at .*/s, '').trim()}`;
}
