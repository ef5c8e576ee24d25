/** No line that a program can print is lost in silence, takes its neighbors along, or brings the server down. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { testFolder, testServer } from '../environment/for-tests.ts';
import { isHealthy, type Row } from '../environment/victorialogs-queries.ts';
import {
  NASTY_LINES,
  NASTY_LINES_OF_OURS,
  NASTY_STREAM_LINES,
  type NastyLine,
} from './nasty-lines.ts';
import { ship } from './shipping-program.ts';

const GROUPS = [
  { streamFields: 'container_name,job,stream', lines: NASTY_LINES },
  { streamFields: 'container_name,job,stream,user,a.b', lines: NASTY_STREAM_LINES },
  { streamFields: 'level,logger,trace_id,error.type,aws_request_id', lines: NASTY_LINES_OF_OURS },
];

const server = testServer({ own: true });
const folder = testFolder('texts');

describe.each(GROUPS)('stream fields $streamFields', ({ streamFields, lines }) => {
  let rows: Row[] = [];

  beforeAll(async () => {
    rows = await shipAll(lines, streamFields);
  });

  it.each(lines.map((line, at) => ({ ...line, at })))('$what', ({ at, ...line }) => {
    expectRows(rowsBetween(rows, at), line);
  });

  it('none is missing, none is there twice, and the server lives', async () => {
    expect(rows.map((row) => Number(row['shipper.seq']))).toEqual(rows.map((_, at) => at + 1));
    expect(await isHealthy(server.url)).toBe(true);
  });
});

/** All rows of a program that prints these lines, by their counter. */
async function shipAll(lines: readonly NastyLine[], streamFields: string): Promise<Row[]> {
  const texts = join(folder, `${lines.length}.json`);
  await writeFile(texts, JSON.stringify(lines.map(({ text }) => text)));
  const run = await ship({
    program: 'prints.mjs',
    url: server.url,
    env: { TEXTS: texts, VICTORIALOGS_STREAM_FIELDS: streamFields },
  });
  expect(run).toMatchObject({ code: 0, stderr: '' });
  const ours = `container_name:="${run.name}"`;
  await server.queryWhen(`${ours} _msg:="after ${lines.length - 1}"`, 1);
  const rows = await server.query(ours);
  return rows.sort((a, b) => Number(a['shipper.seq']) - Number(b['shipper.seq']));
}

/** The rows of one line: those between the two that were printed around it. */
function rowsBetween(rows: readonly Row[], at: number): readonly Row[] {
  const before = rows.filter((row) => row._msg === `before ${at}`);
  const after = rows.filter((row) => row._msg === `after ${at}`);
  expect([before, after]).toMatchObject([[{ stream: 'stdout' }], [{ stream: 'stdout' }]]);
  return rows.slice(rows.indexOf(before[0] as Row) + 1, rows.indexOf(after[0] as Row));
}

function expectRows(rows: readonly Row[], line: NastyLine): void {
  expect(rows).toHaveLength(line.rows ?? 1);
  for (const [name, expected] of Object.entries(line.has ?? {})) {
    const value = rows[0]?.[name];
    if (typeof expected === 'string') expect(value, name).toBe(expected);
    else expect(value, name).toMatch(expected);
  }
  expect(line.and?.(rows) ?? true, show(rows)).toBe(true);
}

function show(rows: readonly Row[]): string {
  return JSON.stringify(rows).slice(0, 1_000);
}
