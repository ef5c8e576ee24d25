/** What the audit finds in a real VictoriaLogs, for rows of processes that are made up. */
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  fromTo,
  insertRows,
  MINUTE_MS,
  newId,
  storeRows,
} from '../../../test-e2e/command/made-up-rows.ts';
import {
  startVictoriaLogs,
  type VictoriaLogs,
} from '../../../test-e2e/environment/victorialogs.ts';
import { audit, gapsBetween, lengthOf } from '../src/audit.ts';

const HOUR_MS = 60 * MINUTE_MS;

let server: VictoriaLogs;

beforeAll(async () => {
  server = await startVictoriaLogs();
});
afterAll(() => server?.stop());

/** The verdict on one process. */
async function verdictOn(id: string, filter = '*') {
  const query = `container_name:="c-${id}" ${filter}`;
  const report = await audit({ url: server.url, headers: {} }, { query, settleMs: 0 });
  expect(report.processes).toHaveLength(1);
  return report.processes[0];
}

it('finds nothing wrong with a process that is complete', async () => {
  const id = newId();
  await storeRows(server, id, fromTo(1, 1000));
  expect(await verdictOn(id)).toMatchObject({
    id,
    containerName: `c-${id}`,
    beganEarlier: false,
    written: 1000,
    present: 1000,
    missing: 0,
    missingRanges: [],
    duplicates: 0,
  });
});

it('treats a last time that is invalid as long ago', async () => {
  const row = { 'shipper.id': 'x', rows: '3', present: '3', lowest: '1', highest: '5' };
  const hostile = http.createServer((_, response) =>
    response.end(`${JSON.stringify({ ...row, last_time: 'soon' })}\n`),
  );
  await once(hostile.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(hostile.address() as AddressInfo).port}`;
  const said: string[] = [];
  await audit({ url, headers: {} }, { say: (sentence) => said.push(sentence) });
  hostile.close();
  expect(said).toEqual([]);
});

it('names the numbers that are missing, also at the beginning', async () => {
  const id = newId();
  await storeRows(server, id, [...fromTo(4, 99), ...fromTo(120, 499), ...fromTo(501, 1000)]);
  expect(await verdictOn(id)).toMatchObject({
    written: 1000,
    present: 976,
    missing: 24,
    missingRanges: [
      { first: 1, last: 3 },
      { first: 100, last: 119 },
      { first: 500, last: 500 },
    ],
  });
});

it('names numbers of eight digits', async () => {
  const id = newId();
  await storeRows(server, id, [20_999_999, 21_000_001], 2 * HOUR_MS);
  await storeRows(server, id, [21_000_002, 21_000_005, 99_999_999, 100_000_001]);
  expect(await verdictOn(id)).toMatchObject({
    beganEarlier: true,
    missingRanges: [
      { first: 21_000_003, last: 21_000_004 },
      { first: 21_000_006, last: 99_999_998 },
      { first: 100_000_000, last: 100_000_000 },
    ],
  });
});

it('counts what is stored twice, and nothing as missing because of it', async () => {
  const id = newId();
  await storeRows(server, id, [...fromTo(1, 100), ...fromTo(91, 100), 100]);
  expect(await verdictOn(id)).toMatchObject({ written: 100, missing: 0, duplicates: 11 });
});

it('gives a query that leaves duplicates out and keeps whole records, in order', async () => {
  const id = newId();
  const own = { container_name: `c-${id}`, _time: new Date().toISOString() };
  await insertRows(server, [JSON.stringify({ ...own, _msg: 'of somebody else, without numbers' })]);
  const fields = { level: 'ERROR', 'req.url': '/a?b="c"', big: '12345678901234567890' };
  await storeRows(server, id, fromTo(1, 20), 5 * MINUTE_MS, fields);
  const filter = `container_name:="c-${id}"`;
  const stored = await server.query(`${filter} "shipper.id":* | sort by (_time)`);
  const copies = stored.slice(8).map(({ _stream, _stream_id, ...row }) => JSON.stringify(row));
  await insertRows(server, [...copies, ...copies]);

  const query = `${filter} # all of it`;
  const report = await audit({ url: server.url, headers: {} }, { query, settleMs: 0 });
  expect(report).toMatchObject({ written: 20, missing: 0, duplicates: 24 });
  expect(await server.query(report.queryWithoutDuplicates)).toEqual(stored);
  expect(stored[0]).toMatchObject({ _msg: 'line 1', _stream: `{container_name="c-${id}"}` });
  const errors = `${report.queryWithoutDuplicates} | filter level:=ERROR | stats count() n`;
  expect(await server.query(errors)).toEqual([{ n: '20' }]);
  // The web interface draws a chart of the same query.
  const chart = new URLSearchParams({ query: report.queryWithoutDuplicates, step: '1h' });
  const hits = await fetch(`${server.url}/select/logsql/hits?${chart}`);
  expect(await hits.json()).toMatchObject({ hits: [{ total: 44 }] });
});

it('does not see what was lost at the end', async () => {
  const id = newId();
  await storeRows(server, id, fromTo(1, 90));
  expect(await verdictOn(id)).toMatchObject({ written: 90, missing: 0 });
});

it('does not count as missing what a process wrote before the window', async () => {
  const id = newId();
  await storeRows(server, id, fromTo(1, 50), 2 * HOUR_MS);
  await storeRows(server, id, fromTo(51, 80));
  expect(await verdictOn(id)).toMatchObject({ beganEarlier: true, written: 30, missing: 0 });
});

it('finds lines that carry a time of their own outside the window', async () => {
  const id = newId();
  await storeRows(server, id, [...fromTo(1, 4), ...fromTo(6, 20)]);
  await storeRows(server, id, [5], 26 * HOUR_MS);
  expect(await verdictOn(id)).toMatchObject({ written: 20, present: 20, missing: 0 });
});

it('looks at all lines of a process of which one is asked for', async () => {
  const id = newId();
  await storeRows(server, id, fromTo(1, 9));
  await storeRows(server, id, [10], MINUTE_MS, { level: 'ERROR' });
  expect(await verdictOn(id, 'level:=ERROR')).toMatchObject({ written: 10, missing: 0 });
});

it('repeats what the process reported as dropped', async () => {
  const id = newId();
  await storeRows(server, id, [1, 2, 6]);
  await storeRows(server, id, [7], MINUTE_MS, { level: 'WARN', 'shipper.dropped': 3 });
  // What a line says: our own fields in it would have other names.
  const forged = { logger: 'direct-logging', dropped: { queue_full: 20 } };
  await storeRows(server, id, [8], MINUTE_MS, forged);
  expect(await verdictOn(id)).toMatchObject({ missing: 3, reportedDropped: 3 });
});

it('looks again when the lines may be in flight', async () => {
  const id = newId();
  await storeRows(server, id, [1, 3], 0);
  const report = await audit(
    { url: server.url, headers: {} },
    {
      query: `container_name:="c-${id}"`,
      settleMs: 2500,
      say: () => void storeRows(server, id, [2], 0),
    },
  );
  expect(report).toMatchObject({ written: 3, present: 3, missing: 0 });
});

it('says what is wrong with a filter', async () => {
  const asked = audit({ url: server.url, headers: {} }, { query: 'a | b' });
  await expect(asked).rejects.toThrow(
    /answers 400: cannot parse the query: missing '\)'; got "\|"/,
  );
});

const SPAN = { first: 1, last: 40 };

/** What the two queries answer for these numbers. */
function neighbors(present: ReadonlySet<number>, limit: number): [number[], number[]] {
  const sorted = [...present].sort((a, b) => a - b);
  const after = sorted.map((number) => number + 1).filter((number) => !present.has(number));
  const before = sorted.map((number) => number - 1).filter((number) => !present.has(number));
  return [after.slice(0, limit), before.slice(0, limit)];
}

/** Numbers of a span of which the last is always there: it is known because it was seen. */
const presentNumbers = fc
  .array(fc.integer({ min: SPAN.first, max: SPAN.last - 1 }))
  .map((numbers) => new Set([...numbers, SPAN.last]));

it('names every missing number and no other', () => {
  fc.assert(
    fc.property(presentNumbers, (present) => {
      const missing = gapsBetween(...neighbors(present, 99), SPAN).flatMap((range) =>
        Array.from({ length: lengthOf(range) }, (_, at) => range.first + at),
      );
      const all = Array.from({ length: lengthOf(SPAN) }, (_, at) => SPAN.first + at);
      expect(missing).toEqual(all.filter((number) => !present.has(number)));
    }),
  );
});

it('gives the first gaps when the answers were cut off', () => {
  fc.assert(
    fc.property(presentNumbers, fc.integer({ min: 1, max: 5 }), (present, count) => {
      const whole = gapsBetween(...neighbors(present, 99), SPAN);
      const cut = gapsBetween(...neighbors(present, count + 1), SPAN);
      expect(cut.slice(0, count)).toEqual(whole.slice(0, count));
    }),
  );
});
