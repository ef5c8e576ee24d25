/** What becomes of pino's lines: one table for every way of use and every version of pino that is supported. */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { testServer } from '../environment/for-tests.ts';
import { pinnedPackages } from '../environment/pinned-packages.ts';
import { runProgram } from '../environment/run-program.ts';
import type { Row } from '../environment/victorialogs-queries.ts';

interface Case {
  readonly name: string;
  readonly since?: number;
  readonly known?: boolean;
  readonly expected: Readonly<Record<string, string | undefined>>;
}

const FIXTURES = fileURLToPath(new URL('./fixtures/', import.meta.url));
/** In code, and without: what a logger prints at once, later, or writes elsewhere. */
const WAYS = ['target', 'destination', 'printed', 'printed later', 'file'] as const;
type Way = (typeof WAYS)[number];
/** From here on pino tells a target what its logger is like. */
const TELLS_TARGETS = 821;
/** Those that are installed for the tests, which say 821 for 8.21; the ends of the range are always tried. */
const OLDER = process.env.DIRECT_LOGGING_MATRIX ? [800, 821, 900, 910] : [800, 900];
/** A time of the last hour with more digits than pino has by itself. */
const OWN_TIME = new Date(Date.now() - 60_000).toISOString().replace('Z', '123456Z');

process.env.OWN_TIME = OWN_TIME;
const { CASES } = (await import('./fixtures/pino-cases.mjs' as string)) as { CASES: Case[] };

const server = testServer();

async function rowsOf(way: Way, count: number, env: Record<string, string>) {
  const job = randomUUID();
  const file = join(tmpdir(), `${job}.log`);
  const inCode = way === 'target' || way === 'destination';
  const startedAt = Date.now();
  const run = await runProgram({
    cwd: FIXTURES,
    args: [...(inCode ? [] : ['--import', 'direct-logging']), 'pino.mjs', way],
    env: {
      VICTORIALOGS_URL: server.url,
      VICTORIALOGS_JOB: job,
      LOG_LEVEL: 'TRACE',
      FILE: file,
      OWN_TIME,
      ...env,
    },
  });
  await rm(file, { force: true });
  expect(run).toMatchObject({ code: 0, stderr: '' });
  const rows = await server.queryWhen(`job:="${job}"`, count);
  return { rows, startedAt, stdout: run.stdout };
}

/** The record without what all have, and what a machine puts into it. */
function mapped(row: Row): Row {
  const { _time, _stream, _stream_id, container_name, job, stream, pid, hostname, ...rest } = row;
  for (const name of Object.keys(rest)) if (name.startsWith('shipper.')) delete rest[name];
  if (rest['error.stack']) {
    expect(rest['error.stack']).toContain('\n    at ');
    const heads = rest['error.stack'].split('\n').filter((line) => !line.startsWith('    at '));
    rest['error.stack'] = heads.join(' | ');
  }
  if (rest['error.aggregateErrors']) {
    const errors = JSON.parse(rest['error.aggregateErrors']) as { message: string }[];
    rest['error.aggregateErrors'] = errors.map(({ message }) => message).join();
  }
  return rest;
}

function expectedOf({ name, expected }: Case, way: Way): Row {
  const { _time, ...fields } = expected;
  const row = { case: name, logger: 'pino', ...fields };
  return (way === 'target' ? { ...row, logger: 'pino' } : row) as Row;
}

/** @param known Where the logger's settings are not known, only what needs no knowledge of them is right. */
async function check(way: Way, cases: readonly Case[], env: Record<string, string>, known = true) {
  const { rows, startedAt } = await rowsOf(way, cases.length, env);
  expect(rows.map(({ case: name }) => name).sort()).toEqual(cases.map(({ name }) => name).sort());
  const wanted = new Map(
    cases.filter((one) => known || !one.known).map((one) => [one.name, expectedOf(one, way)]),
  );
  const compared = rows.filter(({ case: name }) => wanted.has(name ?? ''));
  expect(compared.map(mapped)).toEqual(compared.map(({ case: name }) => wanted.get(name ?? '')));
  for (const { case: name, _time } of rows) {
    const known = CASES.find((one) => one.name === name)?.expected._time;
    if (known !== undefined) expect(_time).toBe(known);
    // In whole seconds it may be half of one ahead or behind.
    else expect(Math.abs(Date.parse(_time ?? '') - startedAt)).toBeLessThan(60_000);
  }
}

describe("pino's newest", () => {
  it.each(WAYS)('%s', async (way) => {
    await check(way, CASES, { VERSION: '9999' });
  });
});

describe.each(OLDER)('pino %i', (version) => {
  const cases = CASES.filter(({ since = 0 }) => since <= version);
  let env: Record<string, string>;
  beforeAll(async () => {
    const folder = await pinnedPackages({ name: 'loggers', what: 'older loggers, and bundlers,' });
    const name = `pino-${Math.floor(version / 100)}.${version % 100}`;
    env = { PINO: join(folder, name), VERSION: String(version) };
  });

  it.each(WAYS)('%s', async (way) => {
    await check(way, cases, env, way !== 'target' || version >= TELLS_TARGETS);
  });
});
